// Diagonals of what is computed: several axes of it go along with one of the result. Against loops over the whole.
#include <gtest/gtest.h>

#include <tessera/tessera.hpp>

namespace tessera::testing {
namespace {

// y[..., r, ..., r + offset, ...] as the last axis, where axis a is r.
std::vector<double> expected(const std::vector<double>& y, const Shape& shape, std::int64_t offset, int a, int b) {
  Shape others = shape;
  others[a] = others[b] = 1;
  const Dims strides = row_major_strides(shape, 1);
  std::vector<double> result;
  for_each_index(others, [&](const Dims& at) {
    std::int64_t first = 0;
    for (int i = 0; i < at.size(); i++) first += at[i] * strides[i];
    for (std::int64_t r = 0; r < shape[a]; r++)
      if (r + offset >= 0 && r + offset < shape[b])
        result.push_back(y[static_cast<std::size_t>(first + r * strides[a] + (r + offset) * strides[b])]);
  });
  return result;
}

void expect_diagonals(const char* what, Session& session, const Array& y) {
  const std::vector<double> all = session.values<double>(y);
  for (int a = 0; a < y.rank(); a++)
    for (int b = 0; b < y.rank(); b++)
      for (const std::int64_t offset : {-1, 0, 2}) {
        if (a == b) continue;
        const Array d = diagonal(y, offset, a, b);
        ASSERT_EQ(session.values<double>(d), expected(all, y.shape(), offset, a, b))
            << what << ", offset " << offset << " of axes " << a << ", " << b;
      }
}

TEST(Diagonals, OfWhatIsComputed) {
  Session session;
  const Array x = uniform({3, 7, 4, 2}, 0, 1, {.seed = 3, .chunks = {1, 3, 2, 2}});
  for (const Array& of : {x, session.persist(x)}) {
    expect_diagonals("permutation", session, permutation(of, 0, {.seed = 1}));
    expect_diagonals("rows that are taken", session, take(of, array(std::vector<std::int64_t>{1, 0, 0}, {3}), 0));
    expect_diagonals("columns that are taken", session, take_along_axis(of, argsort(of, {.axis = 2}), 2));
    expect_diagonals("filters", session, uniform_filter(of, {3}));
    expect_diagonals("filters of joined arrays", session, gaussian_filter(concat({of, of + 1.0}, 2), {0.5}));
    expect_diagonals("sorted", session, sort(of, {.axis = 1}));
    expect_diagonals("added up", session, cumulative_sum(of, {.axis = 1}));
    expect_diagonals("products", session, matmul(of, swapaxes(of, 2, 3)));
    expect_diagonals("windows", session, square(sliding_window_view(of, {2}, {1})[{0}]));
  }
}

}  // namespace
}  // namespace tessera::testing
