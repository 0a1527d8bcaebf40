#include "nearest.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace kmeans {
namespace {

using View = tessera::BlockView<const double>;

// What is compared is |c|^2 - 2 x.c, the square of the distance but for |x|^2, which is the same for all centres of a point.
struct Centres {
  explicit Centres(View c) : count(c.extent(1)), coordinates(c.extent(2)) {
    for (std::int64_t k = 0; k < count; k++) {
      double square = 0;
      for (std::int64_t j = 0; j < coordinates; j++) {
        square += c(0, k, j) * c(0, k, j);
        minus_twice.push_back(-2 * c(0, k, j));
      }
      squares.push_back(square);
    }
  }
  std::int64_t count, coordinates;
  std::vector<double> minus_twice, squares;
};

template <class T, int lanes>
struct Register {
  typedef T type __attribute__((vector_size(lanes * sizeof(T)), aligned(sizeof(T)), may_alias));
};

// Points lie in the lanes of a few registers, so that every centre is read once for all of them. Each point sees the same
// operations in the same order in registers of any width.
template <int lanes>
class Strip {
 public:
  static constexpr int registers = 4, points = lanes * registers;

  explicit Strip(std::int64_t coordinates) : turned_(static_cast<std::size_t>(coordinates * points)) {}

  // Of n points, at most as many as a strip has.
  [[gnu::always_inline]] void find(View x, std::int64_t first, std::int64_t n, const Centres& centres,
                                   std::int32_t* labels, double* squares) {
    turn(x, first, n);
    Numbers own[registers] = {}, least[registers] = {};
    Places label[registers] = {};
    for (int r = 0; r < registers; r++) least[r] += std::numeric_limits<double>::infinity();
    for (std::int64_t j = 0; j < centres.coordinates; j++)
      for (int r = 0; r < registers; r++) own[r] += row(j)[r] * row(j)[r];
    for (std::int64_t k = 0; k < centres.count; k++) {
      Numbers square[registers] = {};
      for (int r = 0; r < registers; r++) square[r] += centres.squares[static_cast<std::size_t>(k)];
      const double* const c = centres.minus_twice.data() + k * centres.coordinates;
      for (std::int64_t j = 0; j < centres.coordinates; j++)
        for (int r = 0; r < registers; r++) square[r] += row(j)[r] * c[j];
      for (int r = 0; r < registers; r++) {
        const Places nearer = square[r] < least[r];
        label[r] = nearer ? Places{} + k : label[r];
        least[r] = nearer ? square[r] : least[r];
      }
    }
    for (std::int64_t i = 0; i < n; i++) {
      labels[i] = static_cast<std::int32_t>(label[i / lanes][i % lanes]);
      squares[i] = own[i / lanes][i % lanes] + least[i / lanes][i % lanes];
    }
  }

 private:
  using Numbers = typename Register<double, lanes>::type;
  using Places = typename Register<std::int64_t, lanes>::type;

  const Numbers* row(std::int64_t j) const { return reinterpret_cast<const Numbers*>(turned_.data() + j * points); }
  void turn(View x, std::int64_t first, std::int64_t n) {
    const std::int64_t from_point = x.stride(0), from_coordinate = x.stride(2);
    for (std::int64_t i = 0; i < n; i++)
      for (std::int64_t j = 0; j < x.extent(2); j++)
        turned_[static_cast<std::size_t>(j * points + i)] = x.data()[(first + i) * from_point + j * from_coordinate];
  }

  std::vector<double> turned_;  // coordinate by coordinate
};

template <int lanes>
[[gnu::always_inline]] inline void find_in_strips(View points, const Centres& centres, std::int32_t* labels,
                                                  double* squares) {
  Strip<lanes> strip(centres.coordinates);
  for (std::int64_t first = 0; first < points.extent(0); first += strip.points) {
    const std::int64_t n = std::min<std::int64_t>(strip.points, points.extent(0) - first);
    strip.find(points, first, n, centres, labels + first, squares + first);
  }
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void find_by_avx2(View points, const Centres& centres, std::int32_t* labels, double* squares) {
  find_in_strips<4>(points, centres, labels, squares);
}
#endif

}  // namespace

void find_nearest(View points, View centres, std::int32_t* labels, double* squares) {
  const Centres c(centres);
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return find_by_avx2(points, c, labels, squares);
#endif
  find_in_strips<2>(points, c, labels, squares);
}

}  // namespace kmeans
