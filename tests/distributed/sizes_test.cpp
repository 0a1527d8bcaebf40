// Arrays too large for any machine: everything that is asked of them is answered, or refused with the sizes.
#include <gtest/gtest.h>

#include <limits>

#include <tessera/tessera.hpp>

namespace tessera::testing {
namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max(), large = std::int64_t{1} << 60;

class LargeArrays : public ::testing::Test {
 protected:
  Session session{SessionOptions{.memory = std::int64_t{64} << 20, .threads = 1}};
  const std::int64_t ranks = session.size(), rank = session.rank();

  void refused(const std::vector<Sink>& sinks) {
    try {
      session.compute(sinks);
      ADD_FAILURE() << "nothing thrown for " << to_string(sinks[0].array.shape());
    } catch (const MemoryBudgetError& e) {
      const std::string text = e.what();
      EXPECT_NE(text.find("needs at least"), std::string::npos) << text;
      EXPECT_EQ(text.find('-' + std::string("8")), std::string::npos) << text;  // -8796093022208 MiB
    }
  }
};

TEST_F(LargeArrays, ResultsOf2To63BytesAndMore) {
  const std::vector<Array> arrays = {zeros({large}),
                                     zeros({most}, {.dtype = DType::bool_}),
                                     zeros({most}, {.dtype = DType::complex128}),
                                     uniform({large, 2}),
                                     zeros({large}, {.chunks = {large}}),
                                     zeros({large}, {.chunks = {1}}),
                                     zeros({large / 2, 2})[{Slice{{}, {}, -1}}],
                                     sum(zeros({large, 2}), {.axis = {1}}),
                                     std(uniform({2, large}), {.axis = {0}}),
                                     argmax(zeros({2, large}), {.axis = {0}}),
                                     concat({uniform({large}), uniform({large})}),
                                     broadcast_to(zeros({1}), {large})};
  for (const Array& x : arrays) {
    refused({persist(x)});
    refused({gather(x)});
    refused({gather(x), persist(x), gather(x + 1)});
    EXPECT_THROW(session.compute({write(x, "never_made.npy")}), ShapeError);
    EXPECT_FALSE(session.explain({gather(x[{Slice{0, 3}}])}, 1).empty());
  }
}

TEST_F(LargeArrays, AFewElementsOfThem) {
  const Array x = arange(0, most, 1);
  const std::int64_t quarter = std::int64_t{1} << 61;
  EXPECT_EQ(session.compute(x[{Slice{{}, {}, quarter}}]).values<std::int64_t>(),
            (std::vector<std::int64_t>{0, quarter, 2 * quarter, 3 * quarter}));
  EXPECT_EQ(session.compute(x[{Slice{-2, {}}}]).values<std::int64_t>(),
            (std::vector<std::int64_t>{most - 2, most - 1}));
  const std::int64_t step = std::int64_t{1} << 62;
  EXPECT_EQ(session.compute(x[{Slice{{}, {}, step}}][{Slice{{}, {}, step}}]).values<std::int64_t>(),
            (std::vector<std::int64_t>{0}));
  EXPECT_EQ(session.compute(x[{Slice{{}, {}, -step}}][{Slice{{}, {}, -1}}]).values<std::int64_t>(),
            (std::vector<std::int64_t>{most - 1 - step, most - 1}));
}

TEST_F(LargeArrays, LengthsOfZero) {
  const std::int64_t huge = std::int64_t{1} << 62;
  for (const Array& x :
       {zeros({huge, 0}), zeros({0, huge}), zeros({0, huge}, {.chunks = {1, 1}}), uniform({huge, 0})}) {
    EXPECT_EQ(session.item<double>(sum(x)), 0);
    EXPECT_TRUE(session.compute(x).bytes().empty());
    EXPECT_EQ(session.item<double>(sum(session.persist(x) + 1)), 0);
    EXPECT_EQ(session.item<std::int64_t>(count_nonzero(x.T() == 0)), 0);
  }
  refused({gather(sum(zeros({huge, 0}), {.axis = {1}}))});
  refused({persist(sum(zeros({0, huge}), {.axis = {0}}))});
  EXPECT_EQ(session.item<double>(sum(zeros({0, huge}), {.axis = {0}})[{5}]), 0);
}

// Where not even the memory of one line of a window is within what a tile should take.
TEST_F(LargeArrays, NoElementsInLittleMemory) {
  const Array x = uniform({4});
  const Array none = rolling_sum(x, 20, {.axis = 0, .min_count = 1, .center = true})[{Slice{0, 0}}];
  for (std::int64_t memory = 4 << 10; memory <= 64 << 10; memory *= 2) try {
      Session little(SessionOptions{.memory = memory, .threads = 1});
      EXPECT_EQ(little.values<std::int64_t>(searchsorted(sort(x), none)).size(), 0u);
    } catch (const MemoryBudgetError&) {
    }
}

TEST_F(LargeArrays, BlocksOfHosts) {
  std::vector<double> memory(100, -1);
  const Array x = zeros({10, 10}), all = zeros({most}, {.chunks = {large}});
  for (const Box& box :
       std::vector<Box>{{{most, 0}, {1, 1}}, {{most, most}, {most, most}}, {{1, 0}, {10, 10}}, {{-1, 0}, {1, 1}}})
    EXPECT_THROW(session.compute_into(x, memory.data(), box, {80, 8}), ShapeError) << to_string(box);
  EXPECT_THROW(session.compute_into(all, memory.data(), Box{{most}, {2}}, {8}), ShapeError);
  EXPECT_THROW(session.compute_into(x, memory.data(), Box{{0, 0}, {10, 10}}, {most, 8}), ShapeError);
  for (const Box& box : std::vector<Box>{{{most}, {1}}, {{most}, {most}}, {{0}, {most}}, {{-5}, {5}}, {{5}, {-5}}})
    EXPECT_THROW(session.from_local(memory.data(), DType::float64, {10}, box, {8}), ShapeError) << to_string(box);
  EXPECT_THROW(session.from_local(memory.data(), DType::float64, {large},
                                  Box{{rank * (large / ranks)}, {large / ranks}}, {large}),
               ShapeError);
  EXPECT_EQ(memory, std::vector<double>(100, -1));
  EXPECT_EQ(session.item<double>(sum(x)), 0);
}

}  // namespace
}  // namespace tessera::testing
