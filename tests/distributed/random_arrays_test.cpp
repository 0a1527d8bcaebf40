// uniform and normal as arrays: known answers, independent of chunking, slicing and ranks, plausible moments.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "random_arrays.hpp"

namespace tessera::testing {
namespace {

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
