// from_values: numbers of the program as an array, on any number of ranks.
#include <gtest/gtest.h>

#include <numeric>

#include <tessera/tessera.hpp>

namespace tessera::testing {
namespace {

class Literals : public ::testing::Test {
 protected:
  Session session{SessionOptions{.memory = std::int64_t{64} << 20, .threads = 1}};
};

TEST_F(Literals, HoldTheirNumbersInOrder) {
  std::vector<std::int32_t> numbers(6 * 1000);
  std::iota(numbers.begin(), numbers.end(), -7);
  const Array x = from_values({6, 1000}, numbers);
  EXPECT_EQ(x.dtype(), DType::int32);
  EXPECT_EQ(session.compute(x).values<std::int32_t>(), numbers);
  EXPECT_EQ(session.item<std::int32_t>(x[{4, -1}]), numbers[4 * 1000 + 999]);
  EXPECT_EQ(session.item<std::int64_t>(sum(x.T()[{Slice{{}, {}, -3}}])),
            session.item<std::int64_t>(sum(x[{Slice{}, Slice{{}, {}, -3}}])));
  EXPECT_EQ(session.item<double>(mean(x - from_values({1000}, std::vector<double>(1000, 2.5)))), 2990.0);
}

TEST_F(Literals, OfAnyShapeAndDType) {
  EXPECT_EQ(session.item<double>(from_values({}, std::vector<double>{2.5})), 2.5);
  EXPECT_TRUE(session.compute(from_values({3, 0}, std::vector<float>{})).bytes().empty());
  EXPECT_EQ(session.item<std::int64_t>(
                count_nonzero(from_values({4}, DType::bool_, std::vector<std::byte>(4, std::byte{1})))),
            4);
  EXPECT_EQ(session.compute(from_values({1}, std::vector<std::complex<float>>{{1, -2}})).scalar(),
            Scalar(std::complex<double>(1, -2)));
}

TEST_F(Literals, AreAsManyAsTheShapeHas) {
  EXPECT_THROW(from_values({2, 3}, std::vector<double>(5)), ShapeError);
  EXPECT_THROW(from_values({std::int64_t{1} << 61}, std::vector<double>(5)), ShapeError);
  EXPECT_THROW(from_values({-1}, std::vector<double>()), ShapeError);
}

// 20 000 parts, each with its own chunk: planning and walking take steps in their number, not in its square.
TEST_F(Literals, ArraysOfManyParts) {
  std::vector<Array> parts;
  double expected = 0;
  for (int k = 0; k < 20000; k++) {
    parts.push_back(from_values({2}, std::vector<double>{1.0 * k, 0.5}));
    expected += k + 0.5;
  }
  EXPECT_EQ(session.item<double>(sum(concat(parts))), expected);
}

}  // namespace
}  // namespace tessera::testing
