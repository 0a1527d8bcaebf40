// uniform and normal as arrays: known answers, independent of chunking, slicing and ranks, plausible moments.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <tessera/tessera.hpp>

namespace tessera::testing {
namespace {

class RandomArrays : public ::testing::Test {
 protected:
  Session session{SessionOptions{.memory = std::int64_t{256} << 20, .threads = 2}};
  template <class T>
  std::vector<T> values(const Array& x) {
    return session.compute(x).values<T>();
  }
};

// The published answer of Philox4x32-10 for counter 0 and key 0: 6627e8d5 e169c58d bc57ac4c 9b00dbd8.
TEST_F(RandomArrays, FirstElementsArePhiloxOfZero) {
  const auto wide = values<double>(uniform({2}));
  EXPECT_EQ(wide[0], static_cast<double>(0xe169c58d6627e8d5u >> 11) * 0x1p-53);
  EXPECT_EQ(wide[1], static_cast<double>(0x9b00dbd8bc57ac4cu >> 11) * 0x1p-53);
  const auto narrow = values<float>(uniform({4}, 0, 1, {.dtype = DType::float32}));
  const std::uint32_t words[] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  for (std::size_t i = 0; i < 4; i++) EXPECT_EQ(narrow[i], static_cast<float>(words[i] >> 8) * 0x1p-24f);
  // Box and Muller over the same pair.
  const auto gauss = values<double>(normal({2}));
  const double r = std::sqrt(-2 * std::log(1 - wide[0])), pi = std::acos(-1.0);
  EXPECT_NEAR(gauss[0], r * std::cos(2 * pi * wide[1]), 1e-14);
  EXPECT_NEAR(gauss[1], r * std::sin(2 * pi * wide[1]), 1e-14);
}

TEST_F(RandomArrays, DoNotDependOnChunksOrSlices) {
  using Make = Array (*)(const Shape&, double, double, const RandomOptions&);
  for (DType t : {DType::float32, DType::float64})
    for (const Make make : {Make{uniform}, Make{normal}}) {
      const Shape shape{7, 33, 29};
      const auto whole = session.compute(make(shape, 0, 1, {.seed = 9, .stream = 4, .dtype = t, .chunks = shape}));
      for (const Dims& chunks : {Dims{3, 10, 29}, Dims{1, 1, 1}, Dims{7, 5, 3}, Dims{}}) {
        const RandomOptions o{.seed = 9, .stream = 4, .dtype = t, .chunks = chunks};
        const Result r = session.compute(make(shape, 0, 1, o));
        EXPECT_TRUE(std::ranges::equal(r.bytes(), whole.bytes())) << to_string(chunks);
        const Result cut = session.compute(make(shape, 0, 1, o)[{Slice{5, 1, -2}, 3, Slice{1, {}, 4}}]);
        const Result model =
            session.compute(session.persist(make(shape, 0, 1, o))[{Slice{5, 1, -2}, 3, Slice{1, {}, 4}}]);
        EXPECT_TRUE(std::ranges::equal(cut.bytes(), model.bytes())) << to_string(chunks);
      }
    }
}

TEST_F(RandomArrays, EveryLawIsTheSameHoweverItIsCut) {
  const Shape shape{7, 33, 29};
  using Make = std::function<Array(const RandomOptions&)>;
  const std::vector<Make> laws = {[&](const auto& o) { return exponential(shape, 2, o); },
                                  [&](const auto& o) { return lognormal(shape, 0, 0.5, o); },
                                  [&](const auto& o) { return integers(shape, -3, 9, o); },
                                  [&](const auto& o) { return integers(shape, 0, std::uint64_t{1} << 63, o); },
                                  [&](const auto& o) { return astype(poisson(shape, 3.5, o), DType::int16); },
                                  [&](const auto& o) { return poisson(shape, 70, o); },
                                  [&](const auto& o) { return binomial(shape, 20, 0.3, o); },
                                  [&](const auto& o) { return binomial(shape, 2000, 0.7, o); },
                                  [&](const auto& o) { return gamma(shape, 0.7, 2.0, o); },
                                  [&](const auto& o) { return standard_t(shape, 3, o); },
                                  [&](const auto& o) { return noncentral_f(shape, 3, 4, 5, o); },
                                  [&](const auto& o) { return wald(shape, 2, 3, o); },
                                  [&](const auto& o) { return logseries(shape, 0.7, o); },
                                  [&](const auto& o) { return negative_binomial(shape, 3, 0.4, o); },
                                  [&](const auto& o) { return choice(shape, 6, {}, o); },
                                  [&](const auto& o) { return choice(shape, 5, arange(5), o); },
                                  [&](const auto& o) { return normal(shape, arange(29), 2.5, o); },
                                  [&](const auto& o) { return integers(shape, 0, arange(1, 30), o); },
                                  [&](const auto& o) { return choice(shape, arange(40) * 3, {}, o); },
                                  [&](const auto& o) {
                                    return choice(shape, {Scalar(1), Scalar(2.5), Scalar(-7)}, {0.2, 0.3, 0.5}, o);
                                  }};
  for (std::size_t k = 0; k < laws.size(); k++) {
    const Result whole = session.compute(laws[k]({.seed = 9, .stream = 4, .chunks = shape}));
    for (const Dims& chunks : {Dims{3, 10, 29}, Dims{7, 5, 3}, Dims{}}) {
      const RandomOptions o{.seed = 9, .stream = 4, .chunks = chunks};
      EXPECT_TRUE(std::ranges::equal(session.compute(laws[k](o)).bytes(), whole.bytes())) << k << to_string(chunks);
      const auto index = {Index(Slice{5, 1, -2}), Index(3), Index(Slice{1, {}, 4})};
      EXPECT_TRUE(std::ranges::equal(session.compute(laws[k](o)[index]).bytes(),
                                     session.compute(session.persist(laws[k](o))[index]).bytes()))
          << k << to_string(chunks);
    }
  }
}

TEST_F(RandomArrays, ParametersOutOfRangeAreRefused) {
  EXPECT_THROW(integers({3}, 5, 5), ValueError);
  EXPECT_THROW(integers({3}, 0, 300, {.dtype = DType::uint8}), ValueError);
  EXPECT_NO_THROW(integers({3}, 0, 256, {.dtype = DType::uint8}));
  EXPECT_THROW(integers({3}, 0, 256, {.dtype = DType::uint8}, true), ValueError);
  EXPECT_THROW(integers({3}, -1, 5, {.dtype = DType::uint64}), ValueError);
  EXPECT_THROW(integers({3}, 0.5, 5), DTypeError);
  EXPECT_THROW(integers({3}, 0, 5, {.dtype = DType::float32}), DTypeError);
  EXPECT_THROW(poisson({3}, -1), ValueError);
  EXPECT_THROW(poisson({3}, std::nan("")), ValueError);
  EXPECT_THROW(poisson({3}, 1, {.dtype = DType::float64}), DTypeError);
  EXPECT_THROW(binomial({3}, -1, 0.5), ValueError);
  EXPECT_THROW(binomial({3}, 1, 1.5), ValueError);
  EXPECT_THROW(exponential({3}, -1), ValueError);
  EXPECT_THROW(lognormal({3}, 0, -1), ValueError);
  EXPECT_THROW(gamma({3}, -1), ValueError);
  EXPECT_THROW(gamma({3}, 1, -1), ValueError);
  EXPECT_THROW(gamma({3}, 1, 1, {.dtype = DType::int32}), DTypeError);
  EXPECT_THROW(beta({3}, 0, 1), ValueError);
  EXPECT_THROW(vonmises({3}, 0, -1), ValueError);
  EXPECT_THROW(dirichlet({3}, {}), ValueError);
  EXPECT_THROW(triangular({3}, 0, 2, 1), ValueError);
  EXPECT_THROW(wald({3}, 0, 1), ValueError);
  EXPECT_THROW(geometric({3}, 1.5), ValueError);
  EXPECT_THROW(logseries({3}, 1.0), ValueError);
  EXPECT_THROW(negative_binomial({3}, 1, 0), ValueError);
  EXPECT_THROW(hypergeometric({3}, 3, 4, 8), ValueError);
  EXPECT_THROW(zipf({3}, 1), ValueError);
  EXPECT_THROW(choice({3}, 4, arange(3)), ShapeError);
  EXPECT_THROW(choice({3}, 0), ValueError);
  EXPECT_THROW(choice({3}, 2, {0.5, 0.6}), ValueError);
  EXPECT_THROW(choice({3}, 2, {1.5, -0.5}), ValueError);
  EXPECT_THROW(choice({3}, 3, {0.5, 0.5}), ValueError);
  EXPECT_THROW(choice({3}, std::vector<Scalar>{}), ValueError);
}

// The largest distance of the sorted sample from the law, in units of its standard deviation: Kolmogorov's statistic.
// Of a true sample it passes 2.7 once in a million.
double kolmogorov(std::vector<double> v, const std::function<double(double)>& below) {
  std::sort(v.begin(), v.end());
  const auto n = static_cast<double>(v.size());
  double worst = 0;
  for (std::size_t i = 0; i < v.size(); i++) {
    const double p = below(v[i]), k = static_cast<double>(i);
    worst = std::max({worst, p - k / n, (k + 1) / n - p});
  }
  return worst * std::sqrt(n);
}

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

// Rows of counts: the same however their rows are cut and whatever of them is wanted.
TEST_F(RandomArrays, RowsAreTheSameHoweverTheyAreCut) {
  const Shape shape{7, 33};
  const Array cov = array(std::vector<double>{2, 1, 0, 1, 3, 0.5, 0, 0.5, 1}, {3, 3});
  const Array n = astype(arange(33), DType::int64), pvals = array(std::vector<double>{0.2, 0.3, 0.5}, {3});
  using Make = std::function<Array(const RandomOptions&)>;
  const std::vector<Make> laws = {
      [&](const auto& o) {
        return multinomial(shape, 40, {0.2, 0.3, 0.5}, o);
      },
      [&](const auto& o) { return multinomial(shape, n, pvals, o); },
      [&](const auto& o) {
        return multivariate_hypergeometric(shape, {30, 0, 9}, 25, "marginals", o);
      },
      [&](const auto& o) {
        return multivariate_hypergeometric(shape, {3, 5, 9, 1}, 5, "count", o);
      },
      [&](const auto& o) { return multivariate_normal(shape, arange(3), cov, {}, o); },
      [&](const auto& o) { return multivariate_normal(shape, arange(3), cov, {.method = "cholesky"}, o); }};
  for (std::size_t k = 0; k < laws.size(); k++) {
    const Result whole = session.compute(laws[k]({.seed = 9, .stream = 4, .chunks = shape}));
    for (const Dims& chunks : {Dims{3, 10}, Dims{1, 1}, Dims{}}) {
      const RandomOptions o{.seed = 9, .stream = 4, .chunks = chunks};
      EXPECT_TRUE(std::ranges::equal(session.compute(laws[k](o)).bytes(), whole.bytes())) << k << to_string(chunks);
      const auto part = {Index(Slice{5, 1, -2}), Index(3), Index(Slice{1, {}})};
      EXPECT_TRUE(std::ranges::equal(session.compute(laws[k](o)[part]).bytes(),
                                     session.compute(session.persist(laws[k](o))[part]).bytes()))
          << k << to_string(chunks);
    }
    EXPECT_FALSE(std::ranges::equal(session.compute(laws[k]({.seed = 9, .stream = 5})).bytes(), whole.bytes())) << k;
  }
}

TEST_F(RandomArrays, RowsOfCountsHaveNumPysShapes) {
  const Array p = array(std::vector<double>{0.2, 0.8, 0.5, 0.5}, {2, 1, 2}),
              n = array(std::vector<std::int64_t>{0, 6, 9}, {3});
  const Array drawn = multinomial({2, 3}, n, p, {.dtype = DType::int32});
  EXPECT_EQ(drawn.shape(), Shape({2, 3, 2}));
  EXPECT_EQ(drawn.dtype(), DType::int32);
  EXPECT_EQ(values<std::int64_t>(astype(sum(drawn, {.axis = {-1}}), DType::int64)),
            (std::vector<std::int64_t>{0, 6, 9, 0, 6, 9}));
  EXPECT_EQ(multinomial({}, 3, {1.0}).shape(), Shape({1}));
  EXPECT_EQ(session.compute(multinomial({0, 4}, 3, {0.5, 0.5})).shape(), Shape({0, 4, 2}));
  // Of numbers and of arrays alike.
  EXPECT_EQ(values<std::int64_t>(multinomial({50}, 7, {0.25, 0.75}, {.seed = 2})),
            values<std::int64_t>(multinomial({50}, full({50}, 7, DType::int64),
                                             array(std::vector<double>{0.25, 0.75}, {2}), {.seed = 2})));
  EXPECT_THROW(multinomial({2}, n, p), ShapeError);
  EXPECT_THROW(multinomial({3}, 2.5, p), DTypeError);
  EXPECT_THROW(multinomial({3}, -1, {1.0}), ValueError);
  EXPECT_THROW(multinomial({3}, 1, std::vector<double>{}), ValueError);
  EXPECT_THROW(multinomial({3}, 1, {0.7, 0.7, 0.1}), ValueError);
  EXPECT_THROW(multinomial({3}, 1, {-0.5, 1.5}), ValueError);
  EXPECT_THROW(multinomial({3}, 1, {1.0}, {.dtype = DType::float64}), DTypeError);
  EXPECT_NO_THROW(multinomial({3}, 1, {0.7, 0.7}));  // nobody looks at the last one's
  EXPECT_THROW(session.compute(multinomial({2, 3}, n - 1, p)), ValueError);
  EXPECT_THROW(session.compute(multinomial({2, 3}, n, p + 0.6)), ValueError);

  const auto colors = [](std::vector<std::int64_t> c, std::int64_t sample, const std::string& method = "marginals") {
    return multivariate_hypergeometric({4}, c, sample, method);
  };
  EXPECT_EQ(colors({3, 4, 5}, 2).shape(), Shape({4, 3}));
  EXPECT_THROW(colors({}, 0), ValueError);
  EXPECT_THROW(colors({3, -1}, 1), ValueError);
  EXPECT_THROW(colors({3, 4}, 8), ValueError);
  EXPECT_THROW(colors({3, 4}, -1), ValueError);
  EXPECT_THROW(colors({3, 4}, 1, "other"), ValueError);
  EXPECT_THROW(colors({1'000'000'000, 1}, 1), ValueError);
  const auto few_of_many = values<std::int64_t>(colors({std::int64_t{1} << 52, 1, std::int64_t{1} << 51}, 6, "count"));
  EXPECT_EQ(std::accumulate(few_of_many.begin(), few_of_many.end(), std::int64_t{0}), 24);
}

TEST_F(RandomArrays, NormalRowsHaveTheirCovariance) {
  const std::vector<double> of_cov = {2, 1, 0.5, 1, 3, -1, 0.5, -1, 1};
  const Array mean_of = array(std::vector<double>{1, -2, 0}, {3}), cov_of = array(of_cov, {3, 3});
  const std::int64_t n = 60'000;
  for (const std::string method : {"svd", "eigh", "cholesky"}) {
    const Array x = multivariate_normal({n}, mean_of, cov_of, {.method = method}, {.seed = 3, .chunks = {7001}});
    const auto [m, c] = session.compute(mean(x, {.axis = {0}}), cov(x, std::nullopt, {.rowvar = false}));
    const auto middle = m.values<double>(), found = c.values<double>();
    for (std::size_t i = 0; i < 3; i++) {
      const double variance = of_cov[4 * i], root = std::sqrt(static_cast<double>(n));
      EXPECT_NEAR(middle[i], i == 0 ? 1 : i == 1 ? -2 : 0, 5 * std::sqrt(variance) / root) << method;
      for (std::size_t j = 0; j < 3; j++) {
        const double spread = std::sqrt(variance * of_cov[4 * j] + of_cov[3 * i + j] * of_cov[3 * i + j]);
        EXPECT_NEAR(found[3 * i + j], of_cov[3 * i + j], 5 * spread / root) << method << i << j;
      }
    }
    const Array second = (x(Slice{}, 1) + 2.0) / std::sqrt(3.0);
    EXPECT_LT(kolmogorov(values<double>(second), [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }), 2.7);
  }
}

TEST_F(RandomArrays, CovariancesAreLookedAt) {
  const auto of = [](std::vector<double> c, const MultivariateNormalOptions& how = {}) {
    return multivariate_normal({5}, zeros({2}), array(c, {2, 2}), how);
  };
  // Singular, and of rank 0.
  const auto line = values<double>(of({1, 2, 2, 4}));
  for (std::size_t i = 0; i < 5; i++) EXPECT_NEAR(line[2 * i + 1], 2 * line[2 * i], 1e-7);
  EXPECT_EQ(values<double>(of({0, 0, 0, 0}, {.method = "eigh"})), std::vector<double>(10, 0.0));
  EXPECT_EQ(of({1, 0, 0, 1}).dtype(), DType::float64);
  EXPECT_EQ(multivariate_normal({2, 2}, zeros({1}), ones({1, 1}), {}, {.dtype = DType::float32}).dtype(),
            DType::float32);
  for (const std::string method : {"svd", "eigh", "cholesky"}) {
    EXPECT_THROW(session.compute(of({1, 2, 2, 1}, {.method = method})), ValueError) << method;
    EXPECT_THROW(session.compute(of({1, 0.5, 0, 1}, {.method = method})), ValueError) << method;
    EXPECT_THROW(session.compute(of({1, std::nan(""), 0, 1}, {.method = method})), ValueError) << method;
  }
  EXPECT_THROW(session.compute(of({1, 1, 1, 1}, {.method = "cholesky"})), ValueError);
  EXPECT_NO_THROW(session.compute(of({1, 2, 2, 1}, {.check_valid = "ignore"})));
  EXPECT_NO_THROW(session.compute(of({1, 1e-9, 0, 1})));
  EXPECT_THROW(session.compute(of({1, 1e-9, 0, 1}, {.tol = 1e-12})), ValueError);
  EXPECT_THROW(of({1, 0, 0, 1}, {.method = "qr"}), ValueError);
  EXPECT_THROW(of({1, 0, 0, 1}, {.check_valid = "warn"}), ValueError);
  EXPECT_THROW(of({1, 0, 0, 1}, {.tol = -1}), ValueError);
  EXPECT_THROW(multivariate_normal({5}, zeros({3}), ones({2, 2})), ShapeError);
  EXPECT_THROW(multivariate_normal({5}, zeros({2}), ones({2, 3})), ShapeError);
  EXPECT_THROW(multivariate_normal({5}, zeros({2, 1}), ones({2, 2})), ShapeError);
  EXPECT_THROW(multivariate_normal({5}, zeros({0}), ones({0, 0})), ValueError);
  EXPECT_THROW(multivariate_normal({5}, zeros({2}), ones({2, 2}), {}, {.dtype = DType::int64}), DTypeError);
  EXPECT_THROW(multivariate_normal({5}, astype(zeros({2}), DType::complex128), ones({2, 2})), DTypeError);
}

TEST_F(RandomArrays, SeedsAndStreamsDiffer) {
  const auto a = values<double>(uniform({1000}, 0, 1, {.seed = 1})),
             b = values<double>(uniform({1000}, 0, 1, {.seed = 2})),
             c = values<double>(uniform({1000}, 0, 1, {.seed = 1, .stream = 1}));
  int equal = 0;
  for (std::size_t i = 0; i < a.size(); i++) equal += (a[i] == b[i]) + (a[i] == c[i]);
  EXPECT_EQ(equal, 0);
}

TEST_F(RandomArrays, MomentsArePlausible) {
  const std::int64_t n = 1 << 20;
  for (DType t : {DType::float32, DType::float64}) {
    const Array u = astype(uniform({n}, 0, 1, {.seed = 3, .dtype = t, .chunks = {70001}}), DType::float64),
                z = astype(normal({n}, 0, 1, {.seed = 3, .dtype = t, .chunks = {70001}}), DType::float64);
    const auto r = session.compute(gather(mean(u)), gather(var(u)), gather(min(u)), gather(max(u)), gather(mean(z)),
                                   gather(var(z)), gather(mean(z * z * z)), gather(mean(square(square(z)))),
                                   gather(mean(u[{Slice{{}, -1, {}}}] * u[{Slice{1, {}, {}}}])));
    const auto is = [&](std::size_t k, double expected, double tolerance) {
      EXPECT_NEAR(r[k].item<double>(), expected, tolerance) << "figure " << k << " of " << to_string(t);
    };
    is(0, 0.5, 0.0015), is(1, 1.0 / 12, 0.0005), is(4, 0, 0.005), is(5, 1, 0.007), is(6, 0, 0.02), is(7, 3, 0.05);
    is(8, 0.25, 0.002);  // neighbours are independent
    EXPECT_GE(r[2].item<double>(), 0);
    EXPECT_LT(r[3].item<double>(), 1);
  }
}

TEST_F(RandomArrays, ScaleAndShift) {
  const auto u = values<double>(uniform({100})), v = values<double>(uniform({100}, -3, 5));
  const auto z = values<double>(normal({100})), w = values<double>(normal({100}, 10, 0.5));
  for (std::size_t i = 0; i < 100; i++) {
    EXPECT_EQ(v[i], u[i] * 8.0 + -3.0);
    EXPECT_EQ(w[i], z[i] * 0.5 + 10.0);
  }
  EXPECT_THROW(normal({3}, 0, -1), ValueError);
  EXPECT_THROW(uniform({3}, 5, 1), ValueError);
  EXPECT_THROW(uniform({3}, 0, std::numeric_limits<double>::infinity()), ValueError);
  EXPECT_THROW(uniform({3}, 0, 1, {.dtype = DType::int32}), DTypeError);
}

TEST_F(RandomArrays, ParametersMayBeArrays) {
  const Shape shape{50, 4};
  const Array p = astype(arange(1, 5), DType::float64);  // 1, 2, 3, 4
  const auto u = values<double>(uniform(shape)), z = values<double>(normal(shape)),
             e = values<double>(exponential(shape));
  const auto v = values<double>(uniform(shape, p, 10.0)), w = values<double>(normal(shape, p, p * 2)),
             f = values<double>(exponential(shape, p)), l = values<double>(lognormal(shape, -p, 0.5));
  for (std::size_t i = 0; i < u.size(); i++) {
    const double k = static_cast<double>(i % 4 + 1);
    ASSERT_EQ(v[i], u[i] * (10 - k) + k);
    ASSERT_EQ(w[i], z[i] * (2 * k) + k);
    ASSERT_EQ(f[i], e[i] * k);
    ASSERT_NEAR(l[i], std::exp(z[i] * 0.5 - k), 1e-12);
  }
  EXPECT_EQ(normal(shape, p, 1.0, {.dtype = DType::float32}).dtype(), DType::float32);
  // What nobody could refuse.
  const auto none = values<double>(normal({4}, 0, p - 2));
  EXPECT_TRUE(std::isnan(none[0]) && !std::isnan(none[1]));
  EXPECT_TRUE(std::isnan(values<double>(uniform({4}, p, 2.0))[2]));
  EXPECT_THROW(normal({2}, p, 1.0), ShapeError);
  EXPECT_THROW(normal({4}, p, -1.0), ValueError);
  EXPECT_THROW(normal({4}, p, astype(p, DType::complex128)), DTypeError);
}

TEST_F(RandomArrays, IntegersBetweenArrays) {
  const Array most = arange(1, 11);
  const auto k = values<std::int64_t>(integers({2000, 10}, -most, most, {}, true));
  std::vector<int> seen(21);
  for (std::size_t i = 0; i < k.size(); i++) {
    const auto bound = static_cast<std::int64_t>(i % 10 + 1);
    ASSERT_LE(std::abs(k[i]), bound);
    if (bound == 10) seen[static_cast<std::size_t>(k[i] + 10)]++;
  }
  for (const int n : seen) EXPECT_NEAR(n, 2000 / 21.0, 6 * std::sqrt(2000 / 21.0));
  const auto huge = values<std::int64_t>(integers({4}, arange(4), arange(4) + (std::int64_t{1} << 53)));
  for (std::size_t i = 0; i < 4; i++) EXPECT_GE(huge[i], static_cast<std::int64_t>(i));
  EXPECT_EQ(values<std::int64_t>(integers({3}, arange(3), 1)), (std::vector<std::int64_t>{0, 1, 2}));  // no range: low
  EXPECT_EQ(integers({3}, 0, arange(3), {.dtype = DType::uint8}).dtype(), DType::uint8);
  EXPECT_THROW(integers({3}, 0, uniform({3})), DTypeError);
  EXPECT_THROW(integers({3}, 0.5, arange(3)), DTypeError);
}

TEST_F(RandomArrays, ChoiceOfAnArray) {
  const auto k = values<std::int64_t>(choice({300}, 7, {}, {.seed = 5}));
  const auto x = values<double>(choice({300}, uniform({7}), {}, {.seed = 5})), of = values<double>(uniform({7}));
  const auto b = values<bool>(choice({300}, arange(7) > 3, {}, {.seed = 5}));
  for (std::size_t i = 0; i < k.size(); i++) {
    ASSERT_EQ(x[i], of[static_cast<std::size_t>(k[i])]);
    ASSERT_EQ(b[i], k[i] > 3);
  }
  const auto weighted = values<std::int64_t>(choice({300}, arange(3) * 10, {0.5, 0, 0.5}));
  for (const auto v : weighted) ASSERT_TRUE(v == 0 || v == 20);
  EXPECT_EQ(choice({3}, astype(arange(3), DType::int8)).dtype(), DType::int8);
  EXPECT_EQ(values<std::int64_t>(choice({300}, arange(5000) * 2, {}, {.seed = 5})),
            values<std::int64_t>(choice({300}, 5000, {}, {.seed = 5}) * 2));
  EXPECT_EQ(values<double>(choice({4, 2}, uniform({6, 3}), {}, {.seed = 5})),
            values<double>(take(uniform({6, 3}), choice({4, 2}, 6, {}, {.seed = 5}), 0)));
  EXPECT_EQ(values<double>(choice_without_replacement(4, uniform({6, 3}), {}, {.seed = 5})),
            values<double>(take(uniform({6, 3}), permutation(6, {.seed = 5})[{Slice{4}}], 0)));
  EXPECT_THROW(choice({3}, ones({})), ShapeError);
  EXPECT_THROW(choice({3}, arange(0)), ValueError);
}

TEST_F(RandomArrays, EmptyAndZeroD) {
  EXPECT_TRUE(values<double>(uniform({3, 0})).empty());
  EXPECT_EQ(session.item<double>(uniform({})), values<double>(uniform({1}))[0]);
}

}  // namespace
}  // namespace tessera::testing
