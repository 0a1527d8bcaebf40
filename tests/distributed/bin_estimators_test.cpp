// Estimated numbers of bins where NumPy's cases (golden/bin_estimators.py) are too small or NumPy itself fails: stone's many
// histograms, integers that float64 does not tell apart, widths of next to nothing, budgets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include <tessera/tessera.hpp>

namespace tessera::testing {
namespace {

class BinEstimators : public ::testing::Test {
 protected:
  Session session{SessionOptions{.threads = 2}};

  std::int64_t bins(const Array& x, std::string_view estimator, const BinEstimatorOptions& options = {}) {
    return estimated_bins(session, x, estimator, options);
  }
  template <class E>
  std::string refusal(const Array& x, std::string_view estimator, const BinEstimatorOptions& options = {}) {
    try {
      bins(x, estimator, options);
    } catch (const E& e) {
      return e.what();
    }
    return "no error";
  }
};

// One histogram after another, of sorted elements.
std::int64_t stone(std::vector<double> x, std::int64_t most) {
  std::sort(x.begin(), x.end());
  const double n = static_cast<double>(x.size()), first = x.front(), distance = x.back() - first;
  double least = HUGE_VAL;
  std::int64_t best = 0;
  for (std::int64_t bins = 1; bins <= most; bins++) {
    const double step = distance / static_cast<double>(bins);
    double squares = 0;
    auto from = x.begin();
    for (std::int64_t k = 1; k <= bins; k++) {
      const auto to = k == bins ? x.end() : std::lower_bound(from, x.end(), static_cast<double>(k) * step + first);
      squares += std::pow(static_cast<double>(to - from) / n, 2);
      from = to;
    }
    const double error = (2 - (n + 1) * squares) * static_cast<double>(bins);
    if (error < least) least = error, best = bins;
  }
  return best;
}

// The edges of 1 to 774 bins are more than one pass counts.
TEST_F(BinEstimators, StoneTriesMoreThanOnePassCounts) {
  const std::int64_t n = 600'000;
  const Array u = uniform({n}, 0, 1, {.seed = 3, .chunks = {70'001}}),
              v = uniform({n}, 0, 1, {.seed = 4, .chunks = {70'001}});
  // Narrow peaks; numbers with nothing in between, for which the most bins are best.
  for (const Array& expression : {floor(u * 700.0) + 0.2 * v, floor(u * 380.0) * 2.0}) {
    const Array x = session.persist(expression);
    const std::int64_t expected = stone(session.values<double>(x), 774), got = bins(x, "stone");
    EXPECT_TRUE(got == expected || got == expected + 1) << got << ", not " << expected;  // rounded up
  }
}

// From 2^62 and 2^63 on: where float64 has only multiples of 1024 and 2048.
TEST_F(BinEstimators, IntegersThatFloatsDoNotTellApart) {
  const std::int64_t n = 1000, first = std::int64_t{1} << 62;
  const std::uint64_t half = std::uint64_t{1} << 63;
  const Array small = arange(std::int64_t{1}, n + 1, std::int64_t{1}, {}, {77}), x = small + first;
  const Array large = astype(small, DType::uint64) + half;
  const double length = 1 << 20;
  for (const std::string& estimator : bin_estimators()) {
    if (estimator == "stone") continue;  // counts in float64, as histogram does
    const std::int64_t expected = bins(small, estimator, {.range = BinRange{0, length}});
    EXPECT_EQ(bins(x, estimator, {.range = BinRange{0x1p62, 0x1p62 + length}}), expected) << estimator;
    EXPECT_EQ(bins(large, estimator, {.range = BinRange{0x1p63, 0x1p63 + length}}), expected) << estimator;
    EXPECT_GT(expected, 10'000) << estimator;
  }
  for (const char* estimator : {"sqrt", "rice", "sturges"}) {
    EXPECT_EQ(bins(x, estimator), bins(small, estimator)) << estimator;
    EXPECT_EQ(bins(large, estimator), bins(small, estimator)) << estimator;
  }
}

TEST_F(BinEstimators, EqualElementsAreInOneBin) {
  for (const std::string& estimator : bin_estimators())
    for (const Array& x :
         std::vector<Array>{full({1000}, 0.1, {}, {7}), full({1, 1}, 3), full({}, 2.5), full({50}, true)})
      EXPECT_EQ(bins(x, estimator), 1) << estimator << " " << to_string(x.dtype());
}

TEST_F(BinEstimators, NanIsLeftOutOrRefused) {
  const Array whole = arange(0, 500, 1, DType::float64, {33});
  const Array x = concat({whole, full({20}, std::nan(""))}), inf = concat({whole, full({1}, HUGE_VAL)});
  for (const std::string& estimator : bin_estimators()) {
    EXPECT_THAT(refusal<ValueError>(x, estimator), ::testing::HasSubstr("no finite range")) << estimator;
    EXPECT_THAT(refusal<ValueError>(inf, estimator, {.skip_nan = true}), ::testing::HasSubstr("no finite range"));
    EXPECT_EQ(bins(x, estimator, {.skip_nan = true}), bins(whole, estimator)) << estimator;
    EXPECT_EQ(bins(full({9}, std::nan("")), estimator, {.skip_nan = true}), 1) << estimator;
    EXPECT_EQ(bins(zeros({0, 3}), estimator), 1) << estimator;
    EXPECT_EQ(bins(zeros({0}), estimator, {.range = BinRange{2, 3}}), 1) << estimator;
  }
}

TEST_F(BinEstimators, MoreBinsThanMakeSenseAreRefused) {
  // Half of the elements lie within 1e-9, one is far away.
  const Array x = concat({uniform({10'000}, 0, 1e-9, {.seed = 1}), full({1}, 1e6)});
  const std::string text = refusal<ValueError>(x, "auto");
  EXPECT_THAT(text, ::testing::HasSubstr("histogram: bins='auto': over the range (2.08"));
  EXPECT_THAT(text,
              ::testing::HasSubstr("10000000 are not made: give a number of bins, a smaller range, or 'sturges'"));
  EXPECT_EQ(bins(x, "sturges"), 15);
  EXPECT_LT(bins(x, "auto", {.range = BinRange{0, 1e-9}}), 100);
  const Array wide = array({-1.7e308, 1.7e308});
  EXPECT_THAT(refusal<ValueError>(wide, "sqrt"), ::testing::HasSubstr("wider than the largest number"));
}

TEST_F(BinEstimators, WordsThatAreRefused) {
  const Array x = arange(0, 9, 1, DType::float64);
  EXPECT_THAT(refusal<ValueError>(x, "scot"),
              ::testing::HasSubstr("no estimator 'scot' of the number of bins; there are auto, fd, doane, scott"));
  EXPECT_THAT(refusal<ValueError>(x, "fd", {.range = BinRange{2, 1}}), ::testing::HasSubstr("ends before it begins"));
  EXPECT_THAT(refusal<DTypeError>(astype(x, DType::complex64), "fd"), ::testing::HasSubstr("no order"));
  EXPECT_THROW(histogram(session, x, "auto", {.weights = x}), UsageError);
  EXPECT_THROW(histogram(x, "auto", {}, most_counted), UsageError);  // a plan, without a run
}

// 64 MB of elements for each rank, made again in each pass.
TEST_F(BinEstimators, MoreThanTheBudget) {
  Session narrow{SessionOptions{.memory = 32 << 20, .threads = 2, .whole_process = false}};
  const std::int64_t n = 8'000'000 * narrow.size();
  const Array x = uniform({n}, 0, 1, {.seed = 2, .chunks = {100'000}});
  const Histogram h = histogram(narrow, x, "auto");
  const std::int64_t found = h.counts.size(),
                     expected = std::llround(std::cbrt(static_cast<double>(n)));  // 1 / (2 / 2 / cbrt(n))
  EXPECT_NEAR(static_cast<double>(found), static_cast<double>(expected), 2);
  EXPECT_EQ(narrow.item<std::int64_t>(sum(h.counts)), n);
  EXPECT_LE(narrow.statistics().peak_bytes, narrow.statistics().projected_bytes);
}

}  // namespace
}  // namespace tessera::testing
