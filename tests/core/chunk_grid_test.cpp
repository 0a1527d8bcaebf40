// Cuts of axes and grids: what must hold for any of them, by brute force.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <tessera/core/chunk_grid.hpp>

#include "generators.hpp"

namespace tessera {
namespace {

std::vector<std::int64_t> lengths_of(const AxisChunks& a) {
  std::vector<std::int64_t> n;
  for (std::int64_t k = 0; k < a.count(); k++) n.push_back(a.length(k));
  return n;
}

RC_GTEST_PROP(AxisChunks, BoundsCoverTheAxisAndFindInvertsThem, ()) {
  const AxisChunks a = *testing::axis_chunks();
  RC_ASSERT(a.bound(0) == 0);
  RC_ASSERT(a.bound(a.count()) == a.extent());
  std::int64_t longest = 0;
  for (std::int64_t k = 0; k < a.count(); k++) {
    RC_ASSERT(a.length(k) > 0);
    longest = std::max(longest, a.length(k));
    for (std::int64_t i = a.bound(k); i < a.bound(k + 1); i++) RC_ASSERT(a.find(i) == k);
  }
  RC_ASSERT(a.longest() == longest);
}

RC_GTEST_PROP(AxisChunks, UniformMeansWhatAFileCanExpress, ()) {
  const AxisChunks a = *testing::axis_chunks();
  bool uniform = true;
  for (std::int64_t k = 0; k + 1 < a.count(); k++) uniform = uniform && a.length(k) == a.length(0);
  uniform = uniform && (a.count() < 2 || a.length(a.count() - 1) <= a.length(0));
  RC_ASSERT(a.is_uniform() == uniform);
}

RC_GTEST_PROP(AxisChunks, EqualWhenTheCutsAre, ()) {
  const AxisChunks a = *testing::axis_chunks(), b = *testing::axis_chunks();
  RC_ASSERT(AxisChunks::irregular(lengths_of(a)) == a);
  RC_ASSERT((a == b) == (lengths_of(a) == lengths_of(b)));
}

RC_GTEST_PROP(AxisChunks, SlicesCutWhereTheChunkChanges, ()) {
  const AxisChunks a = *testing::axis_chunks();
  RC_PRE(a.extent() > 0);
  const auto start = *rc::gen::inRange<std::int64_t>(0, a.extent());
  auto step = *rc::gen::inRange<std::int64_t>(-12, 12);
  if (step == 0) step = 1;
  const std::int64_t most = step > 0 ? (a.extent() - 1 - start) / step + 1 : start / -step + 1;
  const auto count = *rc::gen::inRange<std::int64_t>(0, most + 1);
  std::vector<std::int64_t> lengths;
  for (std::int64_t t = 0; t < count; t++) {
    if (t == 0 || a.find(start + step * t) != a.find(start + step * (t - 1))) lengths.push_back(0);
    lengths.back()++;
  }
  RC_ASSERT(lengths_of(a.sliced(start, step, count)) == lengths);
}

TEST(AxisChunks, TheExamplesOfItsHeader) {
  EXPECT_EQ(lengths_of(AxisChunks::regular(13, 5)), (std::vector<std::int64_t>{5, 5, 3}));
  EXPECT_EQ(lengths_of(AxisChunks::regular(13, 5).sliced(3, 1, 10)), (std::vector<std::int64_t>{2, 5, 3}));
  EXPECT_EQ(AxisChunks::regular(0, 5).count(), 0);
  EXPECT_THROW(AxisChunks::regular(-1, 5), ValueError);
  EXPECT_THROW(AxisChunks::regular(5, 0), ValueError);
  EXPECT_THROW(AxisChunks::irregular({3, -1}), ValueError);
  EXPECT_TRUE(AxisChunks::irregular({3, 0, 3, 1}).is_regular());
}

TEST(AxisChunks, LargeAxesStayClosedForms) {
  const auto n = std::int64_t{1} << 60;
  const AxisChunks a = AxisChunks::regular(n, 1000, 7), s = a.sliced(n - 1, -10, n / 10);
  EXPECT_EQ(a.find(n - 1), a.count() - 1);
  EXPECT_TRUE(s.is_regular());
  EXPECT_EQ(s.extent(), n / 10);
}

RC_GTEST_PROP(ChunkGrids, NumbersAndCoordinates, ()) {
  const ChunkGrid g = *testing::chunk_grid(3);
  std::int64_t linear = 0, elements = 0;
  for_each_index(g.counts(), [&](const Dims& at) {
    RC_ASSERT(g.linear(at) == linear);
    RC_ASSERT(g.coordinates(linear) == at);
    RC_ASSERT(g.elements_before(linear) == elements);
    RC_ASSERT(g.box(linear) == g.box(at));
    elements += g.box(at).size();
    linear++;
  });
  RC_ASSERT(g.count() == linear);
  RC_ASSERT(elements == num_elements(g.shape()));
  RC_ASSERT(g.elements_before(linear) == elements);
}

RC_GTEST_PROP(ChunkGrids, AutomaticChunksFitTheirTarget, ()) {
  const Shape shape = *testing::shape(4, 300);
  const auto item = *rc::gen::element<std::int64_t>(1, 4, 8, 16);
  const auto target = *rc::gen::inRange<std::int64_t>(1, 100000);
  const ChunkGrid g = auto_chunks(shape, item, target);
  RC_ASSERT(g.shape() == shape);
  const std::int64_t largest = num_elements(g.largest()) * item;
  RC_ASSERT(largest <= std::max(target, item) || num_elements(shape) == 0);
  // Near the target, unless there is nothing to hold: doubling any cut axis would pass it.
  if (num_elements(shape) == 0) return;
  for (int i = 0; i < shape.size(); i++)
    if (g.axis(i).count() > 1) RC_ASSERT(largest * 2 * 2 > target);
}

TEST(ChunkGrids, PrintTheirLengths) {
  EXPECT_EQ(to_string(ChunkGrid::regular({12, 4}, {5, 4})), "((5, 5, 2), (4))");
  EXPECT_EQ(ChunkGrid::regular({}, {}).count(), 1);
  EXPECT_EQ(ChunkGrid::regular({3, 0}, {2, 2}).count(), 0);
}

}  // namespace
}  // namespace tessera
