// Scans of boxes against the definition, element by element, and what the order of additions promises.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <tessera/core/box.hpp>
#include <tessera/core/device/host_scan.hpp>

namespace tessera::cpu {
namespace {

// The scan of one row: the elements in double, in the order that core/kernel/scan.hpp says.
std::vector<double> scanned(ScanKind kind, const std::vector<double>& x, double nothing, double carry) {
  const auto fold = [&](double a, double b) {
    switch (kind) {
      case ScanKind::sum:
        return a + b;
      case ScanKind::prod:
        return a * b;
      case ScanKind::min:
        return std::isnan(a) || a <= b ? a : b;
      case ScanKind::max:
        return std::isnan(a) || a >= b ? a : b;
      case ScanKind::last:
        break;
    }
    return std::isnan(b) && !std::isnan(a) ? a : b;
  };
  std::vector<double> y;
  double within = nothing, local = nothing;
  for (std::size_t i = 0; i < x.size(); i++) {
    if (i % scan_piece == 0) {
      if (i > 0) within = fold(within, local);
      local = nothing;
    }
    local = fold(local, x[i]);
    y.push_back(fold(carry, fold(within, local)));
  }
  return y;
}

double nothing_of(ScanKind kind) {
  switch (kind) {
    case ScanKind::sum:
      return -0.0;
    case ScanKind::prod:
      return 1;
    case ScanKind::min:
      return HUGE_VAL;
    case ScanKind::max:
      return -HUGE_VAL;
    case ScanKind::last:
      break;
  }
  return std::nan("");
}

std::vector<double> drawn(std::int64_t n, ScanKind kind) {
  std::mt19937_64 engine(static_cast<std::uint64_t>(n) + static_cast<std::uint64_t>(kind));
  std::normal_distribution<double> normal;
  std::vector<double> x;
  for (std::int64_t i = 0; i < n; i++) {
    const double v = normal(engine) * std::exp(10 * normal(engine));
    x.push_back(kind == ScanKind::prod ? 1 + v / 1e9 : kind == ScanKind::last && v < 1 ? std::nan("") : v);
  }
  return x;
}

// All pieces of a box that begins a chunk behind `carry`.
std::vector<double> scan_of(const Scan& scan, const Dims& extent, int axis, const std::vector<double>& x,
                            double carry) {
  const std::int64_t n = static_cast<std::int64_t>(x.size()) / extent[axis],
                     pieces = ceil_div(extent[axis], scan_piece);
  std::vector<double> states(static_cast<std::size_t>(n * pieces)), within(static_cast<std::size_t>(n)), y(x.size());
  std::vector<double> carries(static_cast<std::size_t>(n), carry);
  const auto bytes = [](auto& v) { return reinterpret_cast<std::byte*>(v.data()); };
  const StridedInput from{reinterpret_cast<const std::byte*>(x.data()), row_major_strides(extent, 8)};
  scan_totals(scan, extent, axis, from, bytes(states));
  scan_nothing(scan, n, bytes(within));
  scan_pieces(scan, n, pieces, bytes(states), bytes(within));
  scan_elements(scan, extent, axis, from, bytes(carries), bytes(states), {bytes(y), row_major_strides(extent, 8)});
  // What the chunk hands on is its last element.
  std::size_t row = 0;
  scan_combine(scan, n, bytes(carries), bytes(within));
  Dims rows = extent;
  rows[axis] = 1;
  for_each_index(rows, [&](const Dims& at) {
    std::int64_t last = 0;
    for (int i = 0; i < at.size(); i++) last = last * extent[i] + (i == axis ? extent[axis] - 1 : at[i]);
    const double a = carries[row++], b = y[static_cast<std::size_t>(last)];
    EXPECT_TRUE(a == b || (std::isnan(a) && std::isnan(b))) << a << " " << b;
  });
  return y;
}

TEST(ScanOfABox, IsTheDefinition) {
  for (const auto kind : {ScanKind::sum, ScanKind::prod, ScanKind::min, ScanKind::max, ScanKind::last})
    for (const Dims& extent : {Dims{1}, Dims{63}, Dims{64}, Dims{65}, Dims{1000}, Dims{5, 300}, Dims{300, 5},
                               Dims{130, 700}, Dims{3, 70, 9}, Dims{2, 3, 321}, Dims{65, 1, 2, 7}})
      for (int axis = 0; axis < extent.size(); axis++) {
        const std::vector<double> x = drawn(num_elements(extent), kind);
        const double carry = kind == ScanKind::last ? 7 : 1.5;
        const auto y = scan_of({kind, DType::float64}, extent, axis, x, carry);
        std::int64_t step = 1;
        for (int i = axis + 1; i < extent.size(); i++) step *= extent[i];
        Dims rows = extent;
        rows[axis] = 1;
        for_each_index(rows, [&](const Dims& at) {
          std::int64_t first = 0;
          for (int i = 0; i < at.size(); i++) first = first * extent[i] + at[i];
          std::vector<double> row;
          for (std::int64_t i = 0; i < extent[axis]; i++) row.push_back(x[static_cast<std::size_t>(first + i * step)]);
          const auto expected = scanned(kind, row, nothing_of(kind), carry);
          for (std::int64_t i = 0; i < extent[axis]; i++) {
            const double want = expected[static_cast<std::size_t>(i)],
                         got = y[static_cast<std::size_t>(first + i * step)];
            ASSERT_TRUE(want == got || (std::isnan(want) && std::isnan(got)))
                << name(kind) << " of " << to_string(extent) << " along " << axis << " at " << i << ": " << got;
          }
        });
      }
}

TEST(ScanOfABox, SumsOfWhatIsNotNegativeNeverFall) {
  std::vector<double> x = drawn(20000, ScanKind::sum);
  for (auto& v : x) v = std::abs(v);
  const auto y = scan_of({ScanKind::sum, DType::float64}, {20000}, 0, x, 1e5);
  EXPECT_TRUE(std::is_sorted(y.begin(), y.end()));
}

TEST(ScanOfABox, MinusZeroStays) {
  const auto y = scan_of({ScanKind::sum, DType::float64}, {3}, 0, {-0.0, -0.0, 0.0}, -0.0);
  EXPECT_TRUE(std::signbit(y[0]) && std::signbit(y[1]) && !std::signbit(y[2]));
}

}  // namespace
}  // namespace tessera::cpu
