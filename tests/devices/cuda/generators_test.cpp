// What the GPU generates, bit for bit what the CPU does: ranges of every dtype, uniform numbers and integers, of any box.
#include <gtest/gtest.h>

#include <tessera/core/cuda/generate.hpp>

#include "on_gpu.hpp"

namespace tessera::testing {
namespace {

void expect_same(const Generator& generator, DType type, const Shape& shape, const Box& box, const std::string& what) {
  const std::int64_t bytes = num_elements(box.extent) * item_size(type);
  std::vector<std::byte> expected(static_cast<std::size_t>(bytes));
  host_device().generate({}, generator, type, shape, box, expected.data());
  const OnGpu there(std::vector<std::byte>(static_cast<std::size_t>(bytes), std::byte{0x5A}));
  gpu()->generate({}, generator, type, shape, box, there.data());
  EXPECT_EQ(difference(type, there.bytes(bytes), expected), -1)
      << what << " of " << to_string(type) << ", " << to_string(box.extent);
}

void expect_same_boxes(const Generator& generator, DType type, const std::string& what) {
  ASSERT_TRUE(cuda::has_generator(generator)) << what;
  expect_same(generator, type, {1000}, {{0}, {1000}}, what);
  expect_same(generator, type, {1000}, {{7}, {321}}, what);
  expect_same(generator, type, {1000}, {{999}, {1}}, what);
  expect_same(generator, type, {5, 6, 7}, {{1, 2, 3}, {3, 4, 3}}, what);
  expect_same(generator, type, {5, 6, 7}, {{1, 2, 0}, {3, 4, 7}}, what);
  expect_same(generator, type, {5, 6, 7}, {{3, 0, 0}, {2, 6, 7}}, what);
  expect_same(generator, type, {5, 6, 7}, {{3, 0, 0}, {2, 0, 7}}, what);
  expect_same(generator, type, {}, {{}, {}}, what);
  // Beyond 2^32 calls of Philox.
  expect_same(generator, type, {std::int64_t{1} << 40, 3}, {{(std::int64_t{1} << 36) + 5, 1}, {9, 2}}, what);
}

TEST(Generators, RangesOfEveryDtype) {
  for (int t = 0; t < dtype_count; t++) {
    const DType type = static_cast<DType>(t);
    if (type != DType::bool_) {  // a range of bools has two elements
      expect_same(ArangeSource{Scalar(3), Scalar(1)}, type, {90}, {{1}, {80}}, "range of integers");
      expect_same(ArangeSource{Scalar(0.25), Scalar(1.1)}, type, {9, 9}, {{1, 2}, {8, 5}}, "range of reals");
    } else {
      expect_same(ArangeSource{Scalar(0), Scalar(1)}, type, {2}, {{0}, {2}}, "range of integers");
    }
  }
  expect_same_boxes(ArangeSource{Scalar(-100), Scalar(-3)}, DType::int64, "range");
  expect_same_boxes(ArangeSource{Scalar(0.1), Scalar(0.3)}, DType::float64, "range");
}

TEST(Generators, UniformNumbers) {
  for (const DType type : {DType::float32, DType::float64})
    expect_same_boxes(RandomSource{RandomSource::Kind::uniform, {0x123456789abcdefu, 42}}, type, "uniform");
}

// Logarithms and angles are CUDA's.
TEST(Generators, NormalNumbersAreNearTheCpus) {
  const Generator generator = RandomSource{RandomSource::Kind::normal, {7, 8}};
  const auto values = [&]<class T>(T, DType type) {
    std::vector<T> expected(5001), got(5001);
    const Box box{{3}, {5001}};
    host_device().generate({}, generator, type, {6000}, box, reinterpret_cast<std::byte*>(expected.data()));
    const OnGpu there(std::as_bytes(std::span(got)));
    gpu()->generate({}, generator, type, {6000}, box, there.data());
    std::memcpy(got.data(), there.bytes(static_cast<std::int64_t>(got.size() * sizeof(T))).data(),
                got.size() * sizeof(T));
    for (std::size_t i = 0; i < got.size(); i++)
      ASSERT_NEAR(got[i], expected[i], 4 * std::numeric_limits<T>::epsilon() * std::fabs(expected[i])) << i;
  };
  values(double(), DType::float64);
  values(float(), DType::float32);
}

TEST(Generators, IntegersOfAnySpan) {
  const auto law = [](DType type, std::int64_t low, std::uint64_t span) {
    return Generator(LawSource{{17, 4}, std::make_shared<const Law>(IntegersLaw{type, low, span})});
  };
  expect_same_boxes(law(DType::int64, -5, 10), DType::int64, "integers");
  expect_same_boxes(law(DType::int8, -128, 255), DType::int8, "integers");
  expect_same_boxes(law(DType::bool_, 0, 1), DType::bool_, "integers");
  expect_same_boxes(law(DType::uint32, 0, 0xffffffffu), DType::uint32, "integers");
  // Two of five draws are rejected.
  expect_same_boxes(law(DType::int64, 0, 0x60000000u), DType::int64, "integers");
  expect_same_boxes(law(DType::int64, -7, std::uint64_t{3} << 61), DType::int64, "integers");
  expect_same_boxes(law(DType::uint64, 0, ~std::uint64_t{0}), DType::uint64, "integers");
}

}  // namespace
}  // namespace tessera::testing
