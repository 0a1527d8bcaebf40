// Samples follow the laws they are drawn from, by Kolmogorov's statistic and chi-square.
#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "random_arrays.hpp"

namespace tessera::testing {
namespace {

TEST_F(RandomArrays, RealLawsFollowTheirDistributions) {
  constexpr double once_in_a_million = 2.7;
  const auto gauss = [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); };
  for (DType t : {DType::float64, DType::float32}) {
    const RandomOptions o{.seed = 17, .stream = 1, .dtype = t};
    const auto sample = [&](const Array& x) { return values<double>(astype(x, DType::float64)); };
    const Shape shape{100'000};
    EXPECT_LT(kolmogorov(sample(uniform(shape, -2, 6, o)), [](double x) { return (x + 2) / 8; }), once_in_a_million);
    EXPECT_LT(kolmogorov(sample(normal(shape, 3, 2, o)), [&](double x) { return gauss((x - 3) / 2); }),
              once_in_a_million);
    EXPECT_LT(kolmogorov(sample(exponential(shape, 2.5, o)), [](double x) { return -std::expm1(-x / 2.5); }),
              once_in_a_million);
    EXPECT_LT(
        kolmogorov(sample(lognormal(shape, 0.5, 0.75, o)), [&](double x) { return gauss((std::log(x) - 0.5) / 0.75); }),
        once_in_a_million);
    for (double x : sample(exponential(shape, 2.5, o))) ASSERT_TRUE(x >= 0 && std::isfinite(x));
    // A law that is 2 % off is seen.
    EXPECT_GT(kolmogorov(sample(exponential(shape, 2.55, o)), [](double x) { return -std::expm1(-x / 2.5); }), 1.5);
  }
}

// The distributions of NumPy's Generator whose probabilities have a closed form for some parameters.
TEST_F(RandomArrays, OtherRealLawsFollowTheirDistributions) {
  constexpr double once_in_a_million = 2.7;
  const double pi = std::acos(-1.0);
  const auto gauss = [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); };
  const double around = 2 * pi * std::cyl_bessel_i(0, 1.5);
  const auto erlang3 = [](double x) { return 1 - std::exp(-x) * (1 + x + x * x / 2); };
  // Of a density: Simpson's rule from `from` on.
  const auto below = [](double from, double x, const auto& density) {
    const int n = 100;
    const double h = (x - from) / n;
    double sum = density(from) + density(x);
    for (int k = 1; k < n; k++) sum += density(from + k * h) * (k % 2 ? 4 : 2);
    return sum * h / 3;
  };
  struct Case {
    const char* name;
    std::function<Array(const Shape&, const RandomOptions&)> make;
    std::function<double(double)> below;
  };
  const std::vector<Case> cases = {
      {"gamma(3, 2)", [](auto& s, auto& o) { return gamma(s, 3, 2.0, o); }, [&](double x) { return erlang3(x / 2); }},
      {"gamma(0.5)", [](auto& s, auto& o) { return standard_gamma(s, 0.5, o); },
       [](double x) { return std::erf(std::sqrt(x)); }},
      {"beta(2, 3)", [](auto& s, auto& o) { return beta(s, 2, 3, o); },
       [](double x) { return x * x * (6 - 8 * x + 3 * x * x); }},
      {"beta(0.5, 0.5)", [](auto& s, auto& o) { return beta(s, 0.5, 0.5, o); },
       [&](double x) { return 2 / pi * std::asin(std::sqrt(x)); }},
      {"chisquare(6)", [](auto& s, auto& o) { return chisquare(s, 6, o); }, [&](double x) { return erlang3(x / 2); }},
      {"noncentral_chisquare(1, 4)", [](auto& s, auto& o) { return noncentral_chisquare(s, 1, 4, o); },
       [&](double x) { return gauss(std::sqrt(x) - 2) - gauss(-std::sqrt(x) - 2); }},
      {"f(2, 2)", [](auto& s, auto& o) { return f_distribution(s, 2, 2, o); }, [](double x) { return x / (1 + x); }},
      {"noncentral_f(2, 2, 0)", [](auto& s, auto& o) { return noncentral_f(s, 2, 2, 0, o); },
       [](double x) { return x / (1 + x); }},
      {"standard_t(2)", [](auto& s, auto& o) { return standard_t(s, 2, o); },
       [](double x) { return 0.5 + x / (2 * std::sqrt(2 + x * x)); }},
      {"laplace(1, 2)", [](auto& s, auto& o) { return laplace(s, 1, 2, o); },
       [](double x) { return x < 1 ? 0.5 * std::exp((x - 1) / 2) : 1 - 0.5 * std::exp((1 - x) / 2); }},
      {"logistic(1, 2)", [](auto& s, auto& o) { return logistic(s, 1, 2, o); },
       [](double x) { return 1 / (1 + std::exp((1 - x) / 2)); }},
      {"gumbel(1, 2)", [](auto& s, auto& o) { return gumbel(s, 1, 2, o); },
       [](double x) { return std::exp(-std::exp((1 - x) / 2)); }},
      {"rayleigh(2)", [](auto& s, auto& o) { return rayleigh(s, 2, o); },
       [](double x) { return -std::expm1(-x * x / 8); }},
      {"standard_cauchy", [](auto& s, auto& o) { return standard_cauchy(s, o); },
       [&](double x) { return 0.5 + std::atan(x) / pi; }},
      {"weibull(1.5)", [](auto& s, auto& o) { return weibull(s, 1.5, o); },
       [](double x) { return -std::expm1(-std::pow(x, 1.5)); }},
      {"pareto(3)", [](auto& s, auto& o) { return pareto(s, 3, o); }, [](double x) { return 1 - std::pow(1 + x, -3); }},
      {"power(3)", [](auto& s, auto& o) { return power_distribution(s, 3, o); }, [](double x) { return x * x * x; }},
      {"triangular(-1, 0, 3)", [](auto& s, auto& o) { return triangular(s, -1, 0, 3, o); },
       [](double x) { return x < 0 ? (x + 1) * (x + 1) / 4 : 1 - (3 - x) * (3 - x) / 12; }},
      {"wald(2, 3)", [](auto& s, auto& o) { return wald(s, 2, 3, o); },
       [&](double x) {
         const double r = std::sqrt(3 / x);
         return gauss(r * (x / 2 - 1)) + std::exp(3.0) * gauss(-r * (x / 2 + 1));
       }},
      {"vonmises(0, 1.5)", [](auto& s, auto& o) { return vonmises(s, 0, 1.5, o); },
       [&](double x) { return below(-pi, x, [&](double t) { return std::exp(1.5 * std::cos(t)) / around; }); }},
      {"vonmises(0, 1e9)", [](auto& s, auto& o) { return vonmises(s, 0, 1e9, o); },
       [&](double x) { return gauss(x * std::sqrt(1e9)); }}};
  const Shape shape{20'000};
  for (const Case& c : cases) {
    const Result x = session.compute(astype(c.make(shape, {.seed = 21, .stream = 2}), DType::float64));
    EXPECT_LT(kolmogorov(x.values<double>(), c.below), once_in_a_million) << c.name;
  }
  // Rows of a Dirichlet law sum to 1; each part has a beta law.
  const Array rows = dirichlet(shape, {2, 1, 2}, {.seed = 3});
  EXPECT_TRUE(session.compute(allclose(sum(rows, {.axis = {1}}), 1.0)).item<bool>());
  EXPECT_LT(kolmogorov(values<double>(rows(Slice{}, 0)), [](double x) { return x * x * (6 - 8 * x + 3 * x * x); }),
            once_in_a_million);
}

TEST_F(RandomArrays, CountsFollowTheirProbabilities) {
  const auto share = [&](const Array& x, std::int64_t k) {
    return session.compute(mean(astype(equal(x, k), DType::float64))).item<double>();
  };
  const Shape shape{40'000};
  const double error = 5 * 0.5 / 200;  // five standard errors of a share
  for (std::int64_t k = 1; k < 5; k++) {
    EXPECT_NEAR(share(geometric(shape, 0.3, {.seed = 4}), k), 0.3 * std::pow(0.7, static_cast<double>(k - 1)), error)
        << k;
    EXPECT_NEAR(share(logseries(shape, 0.6, {.seed = 4}), k),
                std::pow(0.6, static_cast<double>(k)) / (static_cast<double>(k) * -std::log1p(-0.6)), error)
        << k;
  }
  EXPECT_EQ(share(geometric(shape, 1.0), 1), 1);
  EXPECT_EQ(share(logseries(shape, 0.0), 1), 1);
  // Parameters of arrays; what is outside its range gives no number.
  const Array p = array(std::vector<double>{0.25, 0.5, 1.0, 1.5}, {4});
  const auto row = values<std::int64_t>(geometric({4}, p));
  EXPECT_TRUE(row[0] >= 1 && row[2] == 1 && row[3] == 0);
  EXPECT_TRUE(std::isnan(values<double>(weibull({2}, array(std::vector<double>{1.0, -1.0}, {2})))[1]));
  // Weights of an array, which need not sum to 1: as likely as they say.
  const Array weights = array(std::vector<double>{1.0, 0.0, 2.0, 1.0}, {4});
  const Array drawn = choice(shape, 4, weights, {.seed = 8});
  EXPECT_NEAR(share(drawn, 2), 0.5, error);
  EXPECT_NEAR(share(drawn, 0), 0.25, error);
  EXPECT_EQ(share(drawn, 1), 0);
  EXPECT_NEAR(share(choice(shape, arange(40, 80, 10), weights, {.seed = 8}), 60), 0.5, error);
  const auto some = values<std::int64_t>(choice_without_replacement(3, 4, weights, {.seed = 5}));
  EXPECT_EQ(std::count(some.begin(), some.end(), 1), 0);
}

}  // namespace
}  // namespace tessera::testing
