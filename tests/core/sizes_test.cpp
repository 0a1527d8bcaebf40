// Sizes near 2^63 and beyond: every product and sum of them is right, refused, or known to be too much.
#include <gtest/gtest.h>

#include <limits>

#include <tessera/core/index_transform.hpp>
#include <tessera/core/kernel/fold.hpp>
#include <tessera/core/memory/pool.hpp>
#include <tessera/tessera.hpp>

namespace tessera {
namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max(), half = std::int64_t{1} << 62;

void expect_too_big(const Shape& shape) {
  try {
    static_cast<void>(num_elements(shape));
    ADD_FAILURE() << to_string(shape);
  } catch (const ShapeError& e) {
    EXPECT_NE(std::string(e.what()).find(to_string(shape)), std::string::npos) << e.what();
  }
}

TEST(Sizes, AmountsStayAtTheirMost) {
  EXPECT_EQ((Amount(3) * 4 + 5).value(), 17);
  EXPECT_EQ((Amount(half) * 2).value(), most);
  EXPECT_EQ((Amount(most) + 1).value(), most);
  EXPECT_EQ((Amount(most) + most * Amount(0)).value(), most);
  EXPECT_LT(Amount(5), Amount(half) * 16);
  EXPECT_EQ(ceil_div(most, 2), half);
  EXPECT_EQ(ceil_div(most, most), 1);
  EXPECT_EQ(ceil_div(0, 3), 0);
}

TEST(Sizes, AShapeIsTooBigAlsoBesideALengthOfZero) {  // as NumPy's
  for (const Shape& shape : std::vector<Shape>{
           {half, 0, half}, {half, 0, 3}, {0, half, half}, {half, half, 0}, {most, 2}, {3, most}, {half, 2}})
    expect_too_big(shape);
  EXPECT_EQ(num_elements({half, 0}), 0);
  EXPECT_EQ(num_elements({0, most}), 0);
  EXPECT_EQ(num_elements({most, 1}), most);
}

TEST(Sizes, WhatOperandsBroadcastToIsChecked) {
  const std::int64_t n = std::int64_t{1} << 40;
  EXPECT_THROW(zeros({n, 1}) + zeros({1, n}), ShapeError);
  EXPECT_THROW(where(zeros({n, 1}) > 0, zeros({1, n}), 0.0), ShapeError);
  EXPECT_THROW(broadcast_to(zeros({1}), {n, n}), ShapeError);
  EXPECT_THROW(zeros({half, 0, 3}), ShapeError);
  EXPECT_THROW(stack({zeros({half}), zeros({half})}), ShapeError);
  EXPECT_THROW(concat({zeros({half}), zeros({half})}), ShapeError);
  EXPECT_THROW(meshgrid({zeros({n}), zeros({n})}), ShapeError);
  EXPECT_THROW(indices({n, n}), ShapeError);
  EXPECT_THROW(eye(most, 1, 1), ShapeError);
  EXPECT_THROW(static_cast<void>(zeros({half}).bytes()), ShapeError);
}

TEST(Sizes, ChunksOfAnyLength) {
  for (const std::int64_t extent : {most, most - 1, half, half + 1})
    for (const std::int64_t chunk : {most, most - 3, half + 5, half, half - 1, std::int64_t{3}})
      for (const std::int64_t skip : {std::int64_t{0}, std::int64_t{1}, chunk / 2, chunk - 1}) {
        const AxisChunks a = AxisChunks::regular(extent, chunk, skip);
        EXPECT_EQ(a.bound(0), 0);
        EXPECT_EQ(a.bound(a.count()), extent);
        EXPECT_LT(a.bound(a.count() - 1), extent);
        EXPECT_GT(a.length(a.count() - 1), 0);
        EXPECT_EQ(a.find(0), 0);
        EXPECT_EQ(a.find(extent - 1), a.count() - 1);
        EXPECT_GE(a.longest(), 1);
        EXPECT_EQ(a.sliced(extent - 1, -1, extent).extent(), extent);
      }
  EXPECT_THROW(AxisChunks::irregular({most, 1}), ShapeError);
  EXPECT_EQ(AxisChunks::irregular({half, half - 1}).extent(), most);
}

TEST(Sizes, ASliceThatWouldTakeATableOfCutsIsRefused) {
  EXPECT_THROW((zeros({half})[{Slice{{}, {}, 3}}]), ShapeError);  // of 2^41 chunks
  EXPECT_EQ((zeros({half})[{Slice{{}, {}, 4}}]).size(), half / 4);
  EXPECT_EQ((zeros({half})[{Slice{{}, {}, half / 2}}][{Slice{{}, {}, half}}]).size(), 1);
  EXPECT_EQ((zeros({most})[{Slice{{}, {}, -half}}]).size(), 2);
}

TEST(Sizes, AChunkLengthIsPositiveOrTheWholeAxis) {
  EXPECT_EQ(ChunkGrid::regular({5, 7}, {-1, 3}), ChunkGrid::regular({5, 7}, {5, 3}));
  EXPECT_EQ(zeros({5, 7}, {.chunks = {2, -1}}).chunks().counts(), (Dims{3, 1}));
  EXPECT_EQ(uniform({9}, 0, 1, {.chunks = {-1}}).chunks().count(), 1);
  EXPECT_EQ(arange(0, 10, 1, {}, {-1}).chunks().count(), 1);
  EXPECT_EQ(linspace(0, 1, 10, {.chunks = {-1}}).chunks().count(), 1);
  EXPECT_EQ(zeros({0, 3}, {.chunks = {0, 1}}).chunks().count(), 0);
  for (const std::int64_t wrong : {std::int64_t{0}, std::int64_t{-2}, -most}) {
    EXPECT_THROW(zeros({5, 7}, {.chunks = {2, wrong}}), ValueError) << wrong;
    EXPECT_THROW(full({5}, 1, {}, {wrong}), ValueError) << wrong;
    EXPECT_THROW(arange(0, 10, 1, {}, {wrong}), ValueError) << wrong;
    EXPECT_THROW(uniform({9}, 0, 1, {.chunks = {wrong}}), ValueError) << wrong;
  }
}

TEST(Sizes, BoxesThatReachBeyondAnArray) {
  const Shape shape{10, 20};
  EXPECT_TRUE((Box{{0, 0}, {10, 20}}).inside(shape));
  EXPECT_TRUE((Box{{10, 3}, {0, 17}}).inside(shape));
  for (const Box& box : std::vector<Box>{{{most, 0}, {1, 1}},
                                         {{most, 0}, {most, 1}},
                                         {{0, 1}, {10, 20}},
                                         {{0, 1}, {10, most}},
                                         {{-1, 0}, {1, 1}},
                                         {{0, 0}, {-1, 1}},
                                         {{5, 5}, {-most, -most}}})
    EXPECT_FALSE(box.inside(shape)) << to_string(box);
  EXPECT_TRUE((Box{{0, 0, 0}, {half, 0, half}}).empty());
  EXPECT_FALSE((Box{{}, {}}).empty());
}

TEST(Sizes, StridesThatReachBeyondMemory) {
  check_reach({10, 20}, {160, 8}, "test");
  check_reach({10, 20}, {-160, 8}, "test");
  check_reach({1, 20}, {most, 8}, "test");
  EXPECT_THROW(check_reach({3, 20}, {half, 8}, "test"), ShapeError);
  EXPECT_THROW(check_reach({2, 20}, {most, 8}, "test"), ShapeError);
  EXPECT_THROW(check_reach({3, 20}, {-half - 1, 8}, "test"), ShapeError);
}

TEST(Sizes, StatesAndBuffersOfAnyNumberOfOutputs) {
  const Fold moments{Combiner::moments, DType::float64, nullptr};
  EXPECT_EQ(moments.layout().bytes(3), 48);
  EXPECT_GE(moments.layout().bytes(most), half);
  EXPECT_GE(MemoryPool::rounded(most), half);
  const auto pool = MemoryPool::create(1 << 20);
  const Buffer some(pool, 1000, "test");
  EXPECT_THROW(pool->allocate(most, "test"), MemoryBudgetError);
  EXPECT_THROW(pool->allocate(most - 5000, "test"), MemoryBudgetError);
}

}  // namespace
}  // namespace tessera
