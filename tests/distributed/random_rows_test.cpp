// Laws of rows: multinomial, multivariate_hypergeometric, multivariate_normal.
#include <cmath>
#include <functional>
#include <numeric>

#include "random_arrays.hpp"

namespace tessera::testing {
namespace {

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
}  // namespace
}  // namespace tessera::testing
