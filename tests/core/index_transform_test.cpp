#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/index_transform.hpp>
#include <tessera/tessera.hpp>

#include "generators.hpp"

namespace tessera {
namespace {

RC_GTEST_PROP(IndexTransforms, ComposingIsMappingTwice, ()) {
  const IndexTransform inner = *testing::view_of(*testing::shape(3, 7)), outer = *testing::view_of(inner.output());
  const IndexTransform both = outer.then(inner);
  RC_ASSERT(both.output() == outer.output());
  for_each_index(outer.output(), [&](const Dims& at) { RC_ASSERT(both.map(at) == inner.map(outer.map(at))); });
}

RC_GTEST_PROP(IndexTransforms, IdentityIsNeutral, ()) {
  const Shape input = *testing::shape(3, 7);
  const IndexTransform t = *testing::view_of(input);
  RC_ASSERT(t.then(IndexTransform::identity(input)) == t);
  RC_ASSERT(IndexTransform::identity(t.output()).then(t) == t);
  RC_ASSERT(IndexTransform::identity(input).is_identity(input));
}

RC_GTEST_PROP(IndexTransforms, ABoxMapsToItsTightHull, ()) {
  const IndexTransform t = *testing::view_of(*testing::shape(3, 7));
  const Box box = *testing::box_in(t.output()), got = t.map(box);
  if (box.empty()) {
    RC_ASSERT(t.input_rank() == 0 || got.empty());
    return;
  }
  Dims low = Dims::filled(t.input_rank(), 1000), high = Dims::filled(t.input_rank(), -1000);
  for_each_index(box.extent, [&](const Dims& offset) {
    Dims at = box.lo;
    for (int i = 0; i < at.size(); i++) at[i] += offset[i];
    const Dims in = t.map(at);
    for (int j = 0; j < in.size(); j++) low[j] = std::min(low[j], in[j]), high[j] = std::max(high[j], in[j]);
  });
  for (int j = 0; j < t.input_rank(); j++) {
    RC_ASSERT(got.lo[j] == low[j]);
    RC_ASSERT(got.extent[j] == high[j] - low[j] + 1);
  }
}

RC_GTEST_PROP(IndexTransforms, StridesLeadToTheSameElements, ()) {
  const Shape input = *testing::shape(3, 7);
  const IndexTransform t = *testing::view_of(input);
  const Box box = *testing::box_in(t.output());
  RC_PRE(!box.empty());
  // A buffer that holds more than the hull, in any order of axes.
  Box held = t.map(box);
  for (int j = 0; j < held.rank(); j++) {
    const auto more = *rc::gen::inRange<std::int64_t>(0, held.lo[j] + 1);
    held.lo[j] -= more;
    held.extent[j] += more;
  }
  Dims strides = row_major_strides(held.extent, 8);
  if (*rc::gen::arbitrary<bool>() && strides.size() > 1) {
    strides[0] = 8;
    for (int j = 1; j < strides.size(); j++) strides[j] = strides[j - 1] * held.extent[j - 1];
  }
  std::int64_t origin = 0;
  const Dims out = t.strides(box.lo, held, strides, origin);
  for_each_index(box.extent, [&](const Dims& offset) {
    Dims at = box.lo;
    std::int64_t got = origin, want = 0;
    for (int i = 0; i < at.size(); i++) at[i] += offset[i], got += offset[i] * out[i];
    const Dims in = t.map(at);
    for (int j = 0; j < in.size(); j++) want += (in[j] - held.lo[j]) * strides[j];
    RC_ASSERT(got == want);
  });
}

RC_GTEST_PROP(IndexTransforms, AGridIsCutWhereTheInputsChunkChanges, ()) {
  const ChunkGrid input = *testing::chunk_grid(3);
  const IndexTransform t = *testing::view_of(input.shape());
  const ChunkGrid got = t.map_grid(input);
  RC_ASSERT(got.shape() == t.output());
  for (int i = 0; i < t.output_rank(); i++)
    for (std::int64_t k = 1; k < t.output()[i]; k++) {
      bool cut = false;
      for (int j = 0; j < t.input_rank(); j++) {
        const auto& a = t.axis(j);
        if (a.from == i)
          cut = input.axis(j).find(a.offset + a.stride * k) != input.axis(j).find(a.offset + a.stride * (k - 1));
      }
      RC_ASSERT((got.axis(i).find(k) != got.axis(i).find(k - 1)) == cut);
    }
}

TEST(IndexTransforms, StepsOverTheWholeAxisDoNotOverflow) {
  constexpr std::int64_t huge = std::int64_t{1} << 62, most = std::numeric_limits<std::int64_t>::max();
  const Array x = zeros({5, 7});
  for (const std::int64_t step : {huge, -huge, most, -most, std::numeric_limits<std::int64_t>::min()}) {
    const Array once = x[{Slice{1, {}, step}, Slice{{}, {}, step}}];
    EXPECT_EQ(once.shape(), (Shape{1, 1})) << step;
    const Array again = once[{Slice{{}, {}, step}, Slice{{}, {}, step}}];
    EXPECT_EQ(again.shape(), (Shape{1, 1}));
    // The composed map, as push_views makes it.
    const auto& inner = once.node()->inputs()[0].map;
    const auto outer = again.node() == once.node() ? IndexTransform::identity({1, 1}) : again.node()->inputs()[0].map;
    EXPECT_EQ(outer.then(inner).map(Dims{0, 0}), (Dims{1, step > 0 ? 0 : 6})) << step;
  }
  EXPECT_EQ((x[{Slice{{}, {}, 2}}][{Slice{{}, {}, most}}][{Slice{{}, {}, most}}]).shape(), (Shape{1, 7}));
}

TEST(IndexTransforms, BroadcastsRepeatAndOthersDont) {
  EXPECT_TRUE(IndexTransform::broadcast({4}, {3, 4}).repeats());
  EXPECT_TRUE(IndexTransform::broadcast({3, 1}, {3, 4}).repeats());
  EXPECT_FALSE(IndexTransform::broadcast({4}, {1, 4}).repeats());
  EXPECT_FALSE(IndexTransform::permute({3, 4}, {1, 0}).repeats());
  EXPECT_FALSE(IndexTransform::identity({}).repeats());
  EXPECT_EQ(IndexTransform::permute({3, 4, 5}, {2, 0, 1}).output(), (Shape{5, 3, 4}));
}

}  // namespace
}  // namespace tessera
