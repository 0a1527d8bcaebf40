// Laws drawn element by element, against their probabilities: chi-square tests at 1 in a million, with fixed seeds, so
// that they pass always or never. An element depends on key and index alone, on every target.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <tessera/core/cpu/philox.hpp>
#include <tessera/core/cpu/row_samplers.hpp>
#include <tessera/core/cpu/sampler.hpp>
#include <vector>

#include "reference.hpp"

namespace tessera::cpu {
namespace {

template <class T = std::int64_t>
std::vector<T> drawn(const Law& law, std::int64_t count, RandomKey key = {11, 3}, std::uint64_t first = 0) {
  std::vector<T> v(static_cast<std::size_t>(count));
  sampler(law)->draw(key, first, count, v.data());
  return v;
}

std::string key_of(const Law& law) {
  Key key;
  add(key, law);
  return key.bytes();
}

// Pearson's statistic as a standard normal number (Wilson, Hilferty 1931). Outcomes expected less than 10 times are
// taken together.
double chi_square(const std::map<std::int64_t, double>& expected, const std::vector<std::int64_t>& values) {
  std::map<std::int64_t, std::int64_t> counts;
  for (auto v : values) counts[v]++;
  const auto n = static_cast<double>(values.size());
  double sum = 0, rare = 0, seen = 0, all_seen = 0, all = 0;
  int cells = 0;
  const auto cell = [&](double e, double o) { sum += (o - e) * (o - e) / e, cells++; };
  for (const auto& [k, p] : expected) {
    const auto at = counts.find(k);
    const double o = at == counts.end() ? 0 : static_cast<double>(at->second);
    all_seen += o, all += p;
    if (p * n < 10)
      rare += p * n, seen += o;
    else
      cell(p * n, o);
  }
  rare += std::max(0.0, 1 - all) * n, seen += n - all_seen;  // what `expected` leaves out
  if (rare >= 1)
    cell(rare, seen);
  else if (seen > 3)
    return 100;
  const double k = cells - 1;
  return (std::cbrt(sum / k) - (1 - 2 / (9 * k))) / std::sqrt(2 / (9 * k));
}
constexpr double one_in_a_million = 4.75;

std::map<std::int64_t, double> poisson_probabilities(double lam) {
  std::map<std::int64_t, double> p;
  const double spread = 8 * std::sqrt(lam) + 20;
  for (auto k = std::max<std::int64_t>(0, static_cast<std::int64_t>(lam - spread));
       static_cast<double>(k) < lam + spread; k++) {
    const auto x = static_cast<long double>(k);
    p[k] = static_cast<double>(std::exp(x * std::log(static_cast<long double>(lam)) - lam - std::lgamma(x + 1)));
  }
  return p;
}
std::map<std::int64_t, double> binomial_probabilities(std::int64_t n, double p) {
  std::map<std::int64_t, double> out;
  const double mean = static_cast<double>(n) * p, spread = 8 * std::sqrt(mean * (1 - p)) + 20;
  const auto begin = std::max<std::int64_t>(0, static_cast<std::int64_t>(mean - spread)),
             end = std::min(n, static_cast<std::int64_t>(mean + spread));
  for (std::int64_t k = begin; k <= end; k++) {
    const auto x = static_cast<long double>(k), m = static_cast<long double>(n), q = static_cast<long double>(p);
    out[k] = static_cast<double>(std::exp(std::lgamma(m + 1) - std::lgamma(x + 1) - std::lgamma(m - x + 1) +
                                          x * std::log(q) + (m - x) * std::log1p(-q)));
  }
  return out;
}

constexpr std::int64_t many = 200'000;

TEST(IntegersLaw, EveryNumberIsAsLikely) {
  for (const std::int64_t range : {2, 3, 7, 10, 64, 1000}) {
    std::map<std::int64_t, double> p;
    for (std::int64_t k = 0; k < range; k++) p[k - 5] = 1 / static_cast<double>(range);
    const auto v = drawn(IntegersLaw{DType::int64, -5, static_cast<std::uint64_t>(range - 1)}, many);
    EXPECT_LT(chi_square(p, v), one_in_a_million) << range;
  }
  // Ranges just above 2^31 and 2^63 reject half of all words: thirds must still be as likely.
  for (const std::uint64_t span : {(1ull << 31), (1ull << 63), (1ull << 32) + 5, ~0ull, ~0ull - 1, 0xffffffffull}) {
    const auto v = drawn<std::uint64_t>(IntegersLaw{DType::uint64, 0, span}, many);
    std::vector<std::int64_t> thirds;
    for (auto x : v) {
      ASSERT_LE(x, span);
      thirds.push_back(
          static_cast<std::int64_t>(static_cast<long double>(x) / (static_cast<long double>(span) + 1) * 3));
    }
    EXPECT_LT(chi_square({{0, 1.0 / 3}, {1, 1.0 / 3}, {2, 1.0 / 3}}, thirds), one_in_a_million) << span;
  }
}

TEST(IntegersLaw, IsLemiresProductOfTheWordsOfPhilox) {
  const RandomKey key{42, 7};
  const auto v = drawn(IntegersLaw{DType::int64, 100, 9}, 50, key, 3);
  for (std::uint64_t i = 0; i < 50; i++) {
    const std::uint64_t word = philox(key, (3 + i) / 4)[(3 + i) % 4];
    ASSERT_EQ(v[i], 100 + static_cast<std::int64_t>(word * 10 >> 32)) << i;  // 2^32 mod 10 = 6 of 2^32 are rejected
  }
}

TEST(IntegersLaw, EveryDTypeFromEndToEnd) {
  const auto check = [](auto zero) {
    using T = decltype(zero);
    const auto low = static_cast<std::int64_t>(std::numeric_limits<T>::min());
    const auto span = static_cast<std::uint64_t>(std::numeric_limits<T>::max()) - static_cast<std::uint64_t>(low);
    std::vector<std::int64_t> top;
    for (auto x : drawn<T>(IntegersLaw{dtype_of<T>, low, span}, many, {1, 2}))
      top.push_back(static_cast<std::int64_t>((static_cast<long double>(x) - static_cast<long double>(low)) /
                                              (static_cast<long double>(span) + 1) * 8));
    std::map<std::int64_t, double> p;
    for (int k = 0; k < 8; k++) p[k] = 0.125;
    EXPECT_LT(chi_square(p, top), one_in_a_million) << sizeof(T);
  };
  check(std::int8_t{}), check(std::uint8_t{}), check(std::int16_t{}), check(std::uint16_t{}), check(std::int32_t{});
  check(std::uint32_t{}), check(std::int64_t{}), check(std::uint64_t{});
  const auto b = drawn<char>(IntegersLaw{DType::bool_, 0, 1}, 1000, {1, 2});
  int trues = 0;
  for (char v : b) {
    ASSERT_TRUE(v == 0 || v == 1);
    trues += v;
  }
  EXPECT_NEAR(trues, 500, 80);
}

TEST(PoissonLaw, FollowsItsProbabilities) {
  for (const double lam : {1e-3, 0.3, 1.0, 4.5, 9.99, 10.0, 10.01, 13.7, 40.0, 300.0, 5000.0})
    EXPECT_LT(chi_square(poisson_probabilities(lam), drawn(PoissonLaw{lam}, many)), one_in_a_million) << lam;
  for (auto v : drawn(PoissonLaw{0}, 1000)) ASSERT_EQ(v, 0);
}

TEST(BinomialLaw, FollowsItsProbabilities) {
  for (const auto& [n, p] : std::vector<std::pair<std::int64_t, double>>{{1, 0.5},
                                                                         {7, 0.2},
                                                                         {19, 0.5},
                                                                         {20, 0.5},
                                                                         {21, 0.5},
                                                                         {30, 0.9},
                                                                         {100, 0.05},
                                                                         {100, 0.3},
                                                                         {1000, 0.995},
                                                                         {100'000, 0.4},
                                                                         {1'000'000'000, 3e-9},
                                                                         {1'000'000'000, 2e-7}})
    EXPECT_LT(chi_square(binomial_probabilities(n, p), drawn(BinomialLaw{n, p}, many)), one_in_a_million)
        << n << " " << p;
  for (auto v : drawn(BinomialLaw{0, 0.3}, 100)) ASSERT_EQ(v, 0);
  for (auto v : drawn(BinomialLaw{9, 0}, 100)) ASSERT_EQ(v, 0);
  for (auto v : drawn(BinomialLaw{9, 1}, 100)) ASSERT_EQ(v, 9);
}

TEST(NegativeBinomialLaw, FollowsItsProbabilities) {
  for (const auto& [n, p] :
       std::vector<std::pair<double, double>>{{1, 0.5}, {0.3, 0.1}, {4, 0.2}, {12.5, 0.7}, {300, 0.4}}) {
    std::map<std::int64_t, double> of;
    for (std::int64_t k = 0; k < 3000; k++) {
      const auto x = static_cast<double>(k);
      const double v =
          std::exp(std::lgamma(x + n) - std::lgamma(n) - std::lgamma(x + 1) + n * std::log(p) + x * std::log1p(-p));
      if (v > 1e-12) of[k] = v;
    }
    EXPECT_LT(chi_square(of, drawn(NegativeBinomialLaw{n, p}, many)), one_in_a_million) << n << " " << p;
  }
  for (auto v : drawn(NegativeBinomialLaw{3, 1}, 100)) ASSERT_EQ(v, 0);
}

TEST(HypergeometricLaw, FollowsItsProbabilities) {
  const auto log_choose = [](double n, double k) {
    return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1);
  };
  for (const auto& l : {HypergeometricLaw{5, 7, 3}, HypergeometricLaw{20, 3, 9}, HypergeometricLaw{30, 40, 25},
                        HypergeometricLaw{40, 30, 60}, HypergeometricLaw{900, 100, 300}, HypergeometricLaw{5, 5, 10},
                        HypergeometricLaw{12, 100000, 50000}}) {
    std::map<std::int64_t, double> p;
    for (std::int64_t k = std::max<std::int64_t>(0, l.sample - l.bad); k <= std::min(l.good, l.sample); k++) {
      const auto good = static_cast<double>(l.good), bad = static_cast<double>(l.bad),
                 n = static_cast<double>(l.sample), x = static_cast<double>(k);
      p[k] = std::exp(log_choose(good, x) + log_choose(bad, n - x) - log_choose(good + bad, n));
    }
    const auto v = drawn(l, many);
    for (auto k : v) ASSERT_TRUE(p.contains(k)) << k;
    if (p.size() == 1) continue;
    EXPECT_LT(chi_square(p, v), one_in_a_million) << l.good << " " << l.bad << " " << l.sample;
  }
  for (auto v : drawn(HypergeometricLaw{0, 9, 4}, 100)) ASSERT_EQ(v, 0);
}

// Rows that sum to `total`, against the probability of each: draw(row number, row), probability(row).
template <class D, class F>
void expect_rows(std::size_t length, std::int64_t total, D&& draw, F&& probability) {
  std::map<std::int64_t, double> expected;
  std::vector<std::int64_t> row(length);
  const auto number = [&] {  // in the base total + 1
    return std::accumulate(row.begin(), row.end(), std::int64_t{0},
                           [&](std::int64_t n, std::int64_t k) { return n * (total + 1) + k; });
  };
  const auto fill = [&](const auto& self, std::size_t at, std::int64_t left) -> void {
    if (at + 1 == length) {
      row[at] = left;
      if (const double p = probability(row); p > 0) expected[number()] = p;
      return;
    }
    for (row[at] = 0; row[at] <= left; row[at]++) self(self, at + 1, left - row[at]);
  };
  fill(fill, 0, total);
  std::vector<std::int64_t> rows;
  for (std::uint64_t i = 0; i < many; i++) {
    draw(i, std::span<std::int64_t>(row));
    rows.push_back(number());
    ASSERT_TRUE(expected.contains(rows.back())) << "row " << i;
  }
  if (expected.size() == 1) return;
  EXPECT_LT(chi_square(expected, rows), one_in_a_million);
}

TEST(Rows, OfOutcomesFollowTheirProbabilities) {
  const std::vector<std::pair<std::int64_t, std::vector<double>>> cases = {
      {6, {0.2, 0.3, 0.5}}, {3, {0.5, 0, 0.25, 0.25}}, {30, {0.4, 0.6}}, {40, {0.5, 0.5, 0}}, {4, {1}},
      {0, {0.5, 0.5}},      {5, {0.1, 0.2, 0}},  // the last has what the others leave
      {9, {0, 1, 0, 0}}};
  for (const auto& [n, pvals] : cases) {
    std::vector<double> p = pvals;
    p.back() = std::max(0.0, 1 - std::accumulate(p.begin(), p.end() - 1, 0.0));
    expect_rows(
        p.size(), n,
        [&, n = n, &pvals = pvals](auto i, auto out) {
          multinomial_row({11, 3}, i, n, pvals, out);
        },
        [&, n = n](const auto& row) {
          double log_p = std::lgamma(n + 1);
          for (std::size_t k = 0; k < p.size(); k++) {
            if (row[k] > 0 && p[k] == 0) return 0.0;
            log_p += (row[k] > 0 ? static_cast<double>(row[k]) * std::log(p[k]) : 0) - std::lgamma(row[k] + 1);
          }
          return std::exp(log_p);
        });
  }
}

TEST(Rows, OfColorsFollowTheirProbabilities) {
  using Colors = std::vector<std::int64_t>;
  const std::vector<std::pair<Colors, std::int64_t>> cases = {{{3, 4, 5}, 4},    {{3, 4, 5}, 9}, {{20, 0, 15}, 17},
                                                              {{2, 2, 2, 2}, 3}, {{7}, 5},       {{4, 0, 0}, 2},
                                                              {{3, 5}, 8},       {{3, 5}, 0}};
  const auto log_ways = [](std::int64_t n, std::int64_t k) {
    return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1);
  };
  for (const auto& draw : {colors_by_chain, colors_one_by_one})
    for (const auto& [colors, sample] : cases) {
      const std::int64_t all = std::accumulate(colors.begin(), colors.end(), std::int64_t{0});
      expect_rows(
          colors.size(), sample,
          [&, &colors = colors, sample = sample](auto i, auto out) {
            draw({11, 3}, i, colors, sample, out);
          },
          [&, &colors = colors, sample = sample](const auto& row) {
            double log_p = -log_ways(all, sample);
            for (std::size_t k = 0; k < row.size(); k++) {
              if (row[k] > colors[k]) return 0.0;
              log_p += log_ways(colors[k], row[k]);
            }
            return std::exp(log_p);
          });
    }
}

TEST(ZipfLaw, FollowsItsProbabilities) {
  for (const double a : {1.5, 2.0, 4.0}) {
    double zeta = 0;
    for (int k = 2'000'000; k > 0; k--) zeta += std::pow(k, -a);
    zeta += std::pow(2'000'000.5, 1 - a) / (a - 1);
    std::map<std::int64_t, double> p;
    for (std::int64_t k = 1; k < 2000; k++) p[k] = std::pow(static_cast<double>(k), -a) / zeta;
    EXPECT_LT(chi_square(p, drawn(ZipfLaw{a}, many)), one_in_a_million) << a;
  }
}

// Where probabilities of single numbers are too small to count: mean and variance, within 5 standard errors.
TEST(CountingLaws, LargeMeans) {
  const auto moments = [](const Law& law, double mean, double variance) {
    double s = 0, q = 0;
    for (auto v : drawn(law, many)) {
      const double z = (static_cast<double>(v) - mean) / std::sqrt(variance);
      s += z, q += z * z;
      ASSERT_LT(std::abs(z), 7);
    }
    const double n = many;
    EXPECT_LT(std::abs(s / n) * std::sqrt(n), 5) << mean;
    EXPECT_LT(std::abs(q / n - 1) * std::sqrt(n / 2), 5) << mean;
  };
  for (const double lam : {1e6, 1e9, 1e13, 1e17, 9e18}) moments(PoissonLaw{lam}, lam, lam);
  for (const double p : {0.5, 0.01, 0.75}) {
    const double n = 0x1p50;
    moments(BinomialLaw{std::int64_t{1} << 50, p}, n * p, n * p * (1 - p));
  }
}

TEST(ChoiceLaw, ByWeightAndByValue) {
  std::vector<double> weights{0.1, 0, 0.5, 0.25, 0.15};
  std::map<std::int64_t, double> p;
  for (std::size_t k = 0; k < 5; k++)
    if (weights[k] > 0) p[static_cast<std::int64_t>(k)] = weights[k];
  const auto v = drawn(choice_law(DType::int64, 5, {}, weights), many);
  EXPECT_LT(chi_square(p, v), one_in_a_million);
  for (auto k : v) ASSERT_NE(k, 1);
  const auto even = drawn(choice_law(DType::int64, 6, {}, {}), many);
  EXPECT_LT(chi_square({{0, 1. / 6}, {1, 1. / 6}, {2, 1. / 6}, {3, 1. / 6}, {4, 1. / 6}, {5, 1. / 6}}, even),
            one_in_a_million);
  const auto named = drawn<float>(choice_law(DType::float32, 2, {Scalar(2.5), Scalar(-1)}, {0.25, 0.75}), many);
  double sum = 0;
  for (float x : named) {
    ASSERT_TRUE(x == 2.5f || x == -1.0f);
    sum += x;
  }
  EXPECT_NEAR(sum / many, 0.25 * 2.5 - 0.75, 0.02);
}

TEST(Laws, AnElementDependsOnKeyAndIndexAlone) {
  const std::vector<std::pair<Law, std::int64_t>> laws = {{IntegersLaw{DType::int64, -7, 12}, 0},
                                                          {IntegersLaw{DType::int64, 0, 1ull << 31}, 1},
                                                          {IntegersLaw{DType::int64, 0, 1ull << 62}, 2},
                                                          {PoissonLaw{3}, 3},
                                                          {PoissonLaw{55}, 4},
                                                          {BinomialLaw{12, 0.4}, 5},
                                                          {BinomialLaw{400, 0.4}, 6},
                                                          {NegativeBinomialLaw{3.5, 0.2}, 9},
                                                          {HypergeometricLaw{30, 40, 25}, 10},
                                                          {HypergeometricLaw{30, 40, 5}, 11},
                                                          {ZipfLaw{1.7}, 12},
                                                          {GammaLaw{0.3}, 13},
                                                          {GammaLaw{7}, 14},
                                                          {BetaLaw{0.4, 2}, 15},
                                                          {NoncentralLaw{0.7, 3}, 16},
                                                          {VonMisesLaw{2}, 17},
                                                          {choice_law(DType::int64, 5, {}, {}), 7},
                                                          {choice_law(DType::int64, 3, {}, {0.2, 0.3, 0.5}), 8}};
  for (const auto& [law, number] : laws) {
    std::vector<std::int64_t> expected;
    reference::for_each_target([&, &law = law, number = number](Target t) {
      const auto all = drawn(law, 3001, {5, 6}, 1000);
      if (expected.empty()) expected = all;
      EXPECT_EQ(all, expected) << number << " on " << to_string(t);
      for (const std::int64_t at : {0, 1, 2, 3, 5, 511, 512, 1021, 2999})
        for (const std::int64_t n : {1, 2, 3}) {
          if (at + n > 3001) continue;
          const auto some = drawn(law, n, {5, 6}, 1000 + static_cast<std::uint64_t>(at));
          for (std::int64_t i = 0; i < n; i++)
            ASSERT_EQ(some[static_cast<std::size_t>(i)], all[static_cast<std::size_t>(at + i)])
                << number << " at " << at + i;
        }
    });
    EXPECT_NE(drawn(law, 100, {5, 7}), drawn(law, 100, {5, 6})) << number;
    EXPECT_NE(drawn(law, 100, {6, 6}), drawn(law, 100, {5, 6})) << number;
  }
  EXPECT_EQ(key_of(PoissonLaw{3}), key_of(PoissonLaw{3}));
  EXPECT_NE(key_of(PoissonLaw{3}), key_of(PoissonLaw{4}));
  EXPECT_NE(key_of(choice_law(DType::int64, 2, {}, {0.5, 0.5})), key_of(choice_law(DType::int64, 2, {}, {})));
}

}  // namespace
}  // namespace tessera::cpu
