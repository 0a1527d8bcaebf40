// Boxes of stencils on every target, against a loop that looks up each tap; in arrays of any strides.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>
#include <tessera/core/cpu/target.hpp>
#include <tessera/core/device/host_stencil.hpp>

namespace tessera {
namespace {

// A sum of taps, in Sum.
template <class Sum, class T>
Sum summed(const Stencil& s, const std::vector<T>& taps) {
  Sum sum = 0;
  for (const auto& t : s.terms) {
    const auto tap = [&](int k) { return static_cast<Sum>(taps[static_cast<std::size_t>(k)]); };
    sum += static_cast<Sum>(t.weight) * (t.other < 0 ? tap(t.tap)
                                         : t.minus   ? tap(t.tap) - tap(t.other)
                                                     : tap(t.tap) + tap(t.other));
  }
  return sum / static_cast<Sum>(s.divisor);
}

// One element, after the definition.
template <class T>
T element(const Stencil& s, const std::vector<T>& x, const Shape& shape, const Dims& at) {
  std::vector<T> taps;
  for (const Dims& tap : s.taps) {
    std::int64_t place = 0;
    bool filled = false;
    for (int i = 0; i < shape.size(); i++) {
      const std::int64_t k = standing_at(s.boundary[static_cast<std::size_t>(i)], at[i] + tap[i], shape[i]);
      filled = filled || k < 0;
      place = place * shape[i] + k;
    }
    taps.push_back(filled ? static_cast<T>(s.fill) : x[static_cast<std::size_t>(place)]);
  }
  switch (s.kind) {
    case StencilKind::sum:
      if constexpr (std::is_integral_v<T>) return static_cast<T>(static_cast<std::int64_t>(summed<double>(s, taps)));
      return s.sum_dtype == DType::float32 ? static_cast<T>(summed<float>(s, taps))
                                           : static_cast<T>(summed<double>(s, taps));
    case StencilKind::minimum:
      return *std::min_element(taps.begin(), taps.end());
    case StencilKind::maximum:
      return *std::max_element(taps.begin(), taps.end());
    case StencilKind::ranked:
      std::stable_sort(taps.begin(), taps.end());
      return taps[static_cast<std::size_t>(s.rank)];
    case StencilKind::rolling_sum:
    case StencilKind::rolling_mean:
    case StencilKind::rolling_minimum:
    case StencilKind::rolling_maximum:
      break;  // not of taps alone: golden/groups.py
  }
  return T();
}

Stencil drawn_stencil(std::mt19937& random, StencilKind kind) {
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  Stencil s;
  s.kind = kind;
  const int reach = 1 + below(below(4) == 0 ? 9 : 4), taps = 1 + below(12);
  const int along = below(3);  // an axis, or both
  const auto distance = [&](int axis) { return along == 1 - axis ? 0 : below(2 * reach + 1) - reach; };
  for (int k = 0; k < taps; k++) s.taps.push_back({distance(0), distance(1)});
  for (int k = 0; k < taps; k++)
    s.terms.push_back({0.1 * (below(9) - 4), k, below(3) == 0 ? below(taps) : -1, below(2) == 0});
  s.divisor = below(2) == 0 ? 1 : 2;
  s.rank = below(taps);
  s.boundary = {static_cast<Boundary>(below(4)), static_cast<Boundary>(below(4))};
  s.fill = 3;
  return s;
}

template <class T>
void expect_as_defined(std::mt19937& random, StencilKind kind, DType sums = DType::float64) {
  const auto below = [&](int n) { return static_cast<std::int64_t>(random() % static_cast<unsigned>(n)); };
  Stencil s = drawn_stencil(random, kind);
  s.sum_dtype = sums;
  const Shape shape = below(4) == 0 ? Shape{1 + below(600), 1 + below(80)} : Shape{1 + below(9), 1 + below(200)};
  std::vector<T> x(static_cast<std::size_t>(num_elements(shape)));
  for (T& v : x) v = static_cast<T>(below(50));
  // Every second element of rows that are further apart, or neighbours.
  const std::int64_t step = 1 + below(2), row = shape[1] * step + below(4);
  std::vector<T> memory(static_cast<std::size_t>(shape[0] * row), T(99));
  for (std::int64_t i = 0; i < shape[0]; i++)
    for (std::int64_t j = 0; j < shape[1]; j++)
      memory[static_cast<std::size_t>(i * row + j * step)] = x[static_cast<std::size_t>(i * shape[1] + j)];
  Box box;
  for (int i = 0; i < 2; i++) {
    box.lo.push_back(below(static_cast<int>(shape[i])));
    box.extent.push_back(1 + below(static_cast<int>(shape[i] - box.lo[i])));
  }
  const auto item = static_cast<std::int64_t>(sizeof(T));
  const std::int64_t first = box.lo[0] * row + box.lo[1] * step;
  std::vector<T> out(static_cast<std::size_t>(box.size()));
  std::vector<std::byte> scratch(static_cast<std::size_t>(stencil_scratch_bytes(s, dtype_of<T>, box.extent).value()));
  const StencilPart part{box.extent,
                         reinterpret_cast<const std::byte*>(memory.data() + first),
                         {row * item, step * item},
                         {{-box.lo[0], -box.lo[1]}, shape},
                         reinterpret_cast<std::byte*>(out.data())};
  apply_stencil(s, dtype_of<T>, part, scratch.data());
  std::size_t k = 0;
  for_each_index(box.extent, [&](const Dims& at) {
    const Dims index{box.lo[0] + at[0], box.lo[1] + at[1]};
    ASSERT_EQ(out[k++], (element(s, x, shape, index))) << to_string(shape) << to_string(index);
  });
}

TEST(StencilBoxes, AreAsDefinedOnEveryTarget) {
  const cpu::Target before = cpu::target();
  for (const auto target : cpu::supported_targets()) {
    cpu::set_target(target);
    std::mt19937 random(7);
    for (int k = 0; k < 120; k++) expect_as_defined<float>(random, StencilKind::sum, DType::float32);
    for (int k = 0; k < 60; k++)
      for (const auto kind : {StencilKind::sum, StencilKind::minimum, StencilKind::maximum, StencilKind::ranked}) {
        expect_as_defined<double>(random, kind);
        expect_as_defined<float>(random, kind);
        expect_as_defined<std::int8_t>(random, kind);
        expect_as_defined<std::uint8_t>(random, kind == StencilKind::sum ? StencilKind::ranked : kind);
        expect_as_defined<std::int64_t>(random, kind);
      }
  }
  cpu::set_target(before);
}

// docs/accuracy.md: m + 3 units of 2^-24 of the sum of |weight * element|.
TEST(StencilSums, InFloat32AreAsCloseAsPromised) {
  Stencil s;
  const int radius = 12, n = 4000;
  double all = 0;
  const auto weight = [](int k) { return std::exp(-k * k / 18.0); };
  for (int k = -radius; k <= radius; k++) s.taps.push_back({k}), all += weight(k);
  s.terms.push_back({weight(0) / all, radius});
  for (int k = 0; k < radius; k++) s.terms.push_back({weight(radius - k) / all, k, 2 * radius - k});
  s.boundary = {Boundary::nearest};
  std::mt19937 random(3);
  std::uniform_real_distribution<float> values(-1, 1);
  std::vector<float> x(n), y(n);
  for (float& v : x) v = values(random);
  const auto filter = [&](DType sums, std::vector<float>& to) {
    s.sum_dtype = sums;
    std::vector<std::byte> scratch(static_cast<std::size_t>(stencil_scratch_bytes(s, DType::float32, {n}).value()));
    apply_stencil(s, DType::float32,
                  {{n},
                   reinterpret_cast<const std::byte*>(x.data()),
                   {4},
                   Box::whole({n}),
                   reinterpret_cast<std::byte*>(to.data())},
                  scratch.data());
  };
  filter(DType::float32, y);
  double worst = 0;
  for (int i = radius; i < n - radius; i++) {
    double sum = 0, weighed = 0;
    for (int k = -radius; k <= radius; k++) {
      const double term = weight(k) / all * x[static_cast<std::size_t>(i + k)];
      sum += term, weighed += std::abs(term);
    }
    worst = std::max(worst, std::abs(y[static_cast<std::size_t>(i)] - sum) / weighed * 0x1p24);
  }
  EXPECT_LE(worst, static_cast<double>(s.terms.size()) + 3);
  EXPECT_GT(worst, 0.6);  // these are no sums in float64, rounded once
  RecordProperty("units", std::to_string(worst));
}

TEST(StencilBoxes, OfManyTapsAreRankedToo) {
  Stencil s;
  s.kind = StencilKind::ranked;
  for (std::int64_t k = -150; k <= 150; k++) s.taps.push_back({k});
  s.boundary = {Boundary::nearest};
  s.rank = 150;
  std::vector<float> x(400), out(400);
  std::iota(x.begin(), x.end(), 0.0F);
  std::vector<std::byte> scratch(static_cast<std::size_t>(stencil_scratch_bytes(s, DType::float32, {400}).value()));
  apply_stencil(s, DType::float32,
                {{400},
                 reinterpret_cast<const std::byte*>(x.data()),
                 {4},
                 Box::whole({400}),
                 reinterpret_cast<std::byte*>(out.data())},
                scratch.data());
  EXPECT_EQ(out, x);  // of what rises the middle is the element itself, also at the ends
}

TEST(Boundaries, GoOnAsFarAsTheyAreAsked) {
  const auto line = [](Boundary rule, std::int64_t n) {
    std::vector<std::int64_t> at;
    for (std::int64_t i = -5; i < n + 5; i++) at.push_back(standing_at(rule, i, n));
    return at;
  };
  using Line = std::vector<std::int64_t>;
  EXPECT_EQ(line(Boundary::reflect, 2), (Line{0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1}));
  EXPECT_EQ(line(Boundary::mirror, 3), (Line{1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1}));
  EXPECT_EQ(line(Boundary::mirror, 1), Line(11, 0));
  EXPECT_EQ(line(Boundary::nearest, 2), (Line{0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(line(Boundary::constant, 1), (Line{-1, -1, -1, -1, -1, 0, -1, -1, -1, -1, -1}));
}

}  // namespace
}  // namespace tessera
