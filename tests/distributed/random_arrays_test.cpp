// uniform and normal as arrays: known answers, independent of chunking, slicing and ranks, plausible moments.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
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
  for (DType t : {DType::float32, DType::float64})
    for (const auto& make : {uniform, normal}) {
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
  EXPECT_THROW(uniform({3}, 0, 1, {.dtype = DType::int32}), DTypeError);
}

TEST_F(RandomArrays, EmptyAndZeroD) {
  EXPECT_TRUE(values<double>(uniform({3, 0})).empty());
  EXPECT_EQ(session.item<double>(uniform({})), values<double>(uniform({1}))[0]);
}

}  // namespace
}  // namespace tessera::testing
