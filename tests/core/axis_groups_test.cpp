// Reshapes as geometry: any two shapes of one size, cut in any way.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <tessera/core/axis_groups.hpp>
#include <tessera/core/common_cuts.hpp>
#include <tessera/core/row_runs.hpp>

#include "generators.hpp"

namespace tessera {
namespace {

/// Lengths of a product n: its prime factors, put together at random.
Shape lengths_with_product(std::int64_t n) {
  Shape shape = Shape::filled(*rc::gen::inRange(1, 5), 1);
  for (std::int64_t p = 2; n > 1; p++)
    for (; n % p == 0; n /= p) shape[*rc::gen::inRange(0, shape.size())] *= p;
  return shape;
}
std::int64_t drawn_size() { return *rc::gen::element<std::int64_t>(1, 2, 6, 7, 12, 24, 30, 36, 60, 64, 72, 90, 120); }

std::int64_t position(const Shape& shape, const Dims& at) {
  std::int64_t p = 0;
  for (int i = 0; i < shape.size(); i++) p = p * shape[i] + at[i];
  return p;
}

TEST(AxisGroups, AreTheFewestAxes) {
  EXPECT_EQ(axis_groups({4, 6, 5}, {8, 3, 5}), (std::vector<AxisGroup>{{{0, 2}, {0, 2}}, {{2, 3}, {2, 3}}}));
  EXPECT_EQ(axis_groups({4, 6}, {24}), (std::vector<AxisGroup>{{{0, 2}, {0, 1}}}));
  EXPECT_EQ(axis_groups({}, {1, 1}), (std::vector<AxisGroup>{{{0, 0}, {0, 2}}}));
  EXPECT_EQ(axis_groups({5, 1}, {5}), (std::vector<AxisGroup>{{{0, 2}, {0, 1}}}));
}

TEST(AxisGroups, ChunksStayWhereTheyCan) {
  const auto chunks = [](const Shape& from, const Dims& cut, const Shape& to) {
    return reshaped_chunks(ChunkGrid::regular(from, cut), to, 8).largest();
  };
  EXPECT_EQ(chunks({8, 6, 5}, {2, 6, 5}, {8, 30}), (Dims{2, 30}));
  EXPECT_EQ(chunks({8, 6, 5}, {1, 2, 5}, {8, 30}), (Dims{1, 10}));
  EXPECT_EQ(chunks({8, 30}, {2, 30}, {4, 2, 30}), (Dims{1, 2, 30}));
  EXPECT_EQ(chunks({240}, {30}, {8, 6, 5}), (Dims{1, 6, 5}));
  EXPECT_EQ(chunks({240}, {10}, {8, 6, 5}), (Dims{1, 2, 5}));
  EXPECT_EQ(chunks({8, 6}, {8, 2}, {48}), (Dims{48}));  // no runs: automatic, which is all of so few
}

RC_GTEST_PROP(AxisGroups, HaveEqualProducts, ()) {
  const std::int64_t n = drawn_size();
  const Shape from = lengths_with_product(n), to = lengths_with_product(n);
  int next = 0, next_to = 0;
  for (const auto& g : axis_groups(from, to)) {
    RC_ASSERT(g.from.begin == next);
    RC_ASSERT(g.to.begin == next_to);
    RC_ASSERT(num_elements(lengths_of(from, g.from)) == num_elements(lengths_of(to, g.to)));
    next = g.from.end, next_to = g.to.end;
  }
  RC_ASSERT(next == from.size());
  RC_ASSERT(next_to == to.size());
}

// Of flattened grids chunk k has the elements of chunk k, in their order.
RC_GTEST_PROP(AxisGroups, FlattenedChunksAreTheSame, ()) {
  const std::int64_t n = drawn_size();
  const Shape from = lengths_with_product(n), to = lengths_with_product(n);
  const auto groups = axis_groups(from, to);
  const ChunkGrid drawn = *testing::chunk_grid_of(from);
  const ChunkGrid wanted = *flattened(reshaped_chunks(drawn, to, 8), ranges_to(groups));
  for (const ChunkGrid& grid : {drawn, in_runs(drawn, ranges_from(groups), wanted)}) {
    const auto flat = flattened(grid, ranges_from(groups));
    RC_ASSERT(flat.has_value() || grid == drawn);
    if (!flat) continue;
    RC_ASSERT(flat->count() == grid.count());
    for (std::int64_t k = 0; k < grid.count(); k++) {
      const auto positions = [k](const ChunkGrid& g) {
        std::vector<std::int64_t> all;
        const Box box = g.box(k);
        for_each_index(box.extent, [&](Dims at) {
          for (int i = 0; i < at.size(); i++) at[i] += box.lo[i];
          all.push_back(position(g.shape(), at));
        });
        return all;
      };
      RC_ASSERT(positions(grid) == positions(*flat));
    }
  }
}

// Every element of a box is read once, from where it is.
RC_GTEST_PROP(RowRuns, ReadEveryElementOnce, ()) {
  const std::int64_t n = drawn_size();
  const Shape from = lengths_with_product(n), to = lengths_with_product(n);
  Box box;
  for (const auto e : to) {
    box.lo.push_back(*rc::gen::inRange<std::int64_t>(0, e));
    box.extent.push_back(*rc::gen::inRange<std::int64_t>(1, e - box.lo[box.lo.size() - 1] + 1));
  }
  // In memory of the box alone, or of one that is wider along an axis.
  Dims held = box.extent;
  if (*rc::gen::inRange(0, 2)) held[*rc::gen::inRange(0, held.size())] += 2;
  const Dims strides = row_major_strides(held, 8);
  std::vector<std::int64_t> memory(static_cast<std::size_t>(num_elements(held)), -1);
  for_each_row_run(axis_groups(from, to), from, to, box, strides,
                   [&](const Box& part, std::int64_t offset, const Dims& along) {
                     RC_ASSERT(part.inside(from));
                     for_each_index(part.extent, [&](Dims at) {
                       std::int64_t byte = offset;
                       for (int i = 0; i < at.size(); i++) byte += at[i] * along[i], at[i] += part.lo[i];
                       std::int64_t& element = memory.at(static_cast<std::size_t>(byte / 8));
                       RC_ASSERT(element == -1);
                       element = position(from, at);
                     });
                   });
  for_each_index(box.extent, [&](const Dims& at) {
    Dims index = at;
    std::int64_t byte = 0;
    for (int i = 0; i < at.size(); i++) index[i] += box.lo[i], byte += at[i] * strides[i];
    RC_ASSERT(memory[static_cast<std::size_t>(byte / 8)] == position(to, index));
  });
}

RC_GTEST_PROP(CommonCuts, AreThoseOfBoth, ()) {
  const auto n = *rc::gen::inRange<std::int64_t>(0, 40);
  const AxisChunks a = *testing::axis_chunks_of(n), b = *testing::axis_chunks_of(n), both = common_cuts(a, b);
  std::vector<std::int64_t> cuts, wanted;
  for (std::int64_t k = 0; k <= both.count(); k++) cuts.push_back(both.bound(k));
  for (std::int64_t i = 0; i <= n; i++) {
    const auto cut = [&](const AxisChunks& x) { return i == 0 || i == n || x.bound(x.find(i)) == i; };
    if (cut(a) || cut(b)) wanted.push_back(i);
  }
  RC_ASSERT(cuts == wanted);
}

}  // namespace
}  // namespace tessera
