// Counting what ranks own of a box, and the nodes of a tree that they hold, against looking at every chunk.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <tessera/core/kernel/fixed_tree.hpp>
#include <tessera/distributed/ownership.hpp>
#include <tessera/distributed/plan/partial_columns.hpp>

#include "memory_store.hpp"

namespace tessera::testing {
namespace {

RC_GTEST_PROP(Ownership, IsThatOfTheChunks, ()) {
  const int rank = *rc::gen::inRange(0, 4), ranks = *rc::gen::inRange(1, 9);
  Shape shape;
  Dims order;
  Box box;
  for (int i = 0; i < rank; i++) {
    shape.push_back(*rc::gen::inRange(1, 12));
    box.lo.push_back(*rc::gen::inRange<std::int64_t>(0, shape[i]));
    box.extent.push_back(*rc::gen::inRange<std::int64_t>(1, shape[i] - box.lo[i] + 1));
    order.insert(*rc::gen::inRange(0, i + 1), i);
  }
  const ChunkGrid grid = irregular_grid(shape, *rc::gen::inRange(1, 6), *rc::gen::inRange<std::uint64_t>(0, 100));
  Distribution owners = Distribution::blocks(grid, ranks, order);
  if (*rc::gen::inRange(0, 3) == 0) {
    std::vector<int> table;
    for (std::int64_t k = 0; k < grid.count(); k++) table.push_back(*rc::gen::inRange(0, ranks));
    owners = Distribution::table(grid, ranks, table);
  }
  std::map<int, std::int64_t> expected, got;
  for (std::int64_t k = 0; k < grid.count(); k++)
    if (const std::int64_t n = intersect(grid.box(k), box).size(); n > 0) expected[owners.owner(k)] += n;
  const Counted elements = elements_of(grid, box);
  for_each_owner(owners, elements, [&](int r, std::int64_t n) {
    const bool ascending = got.empty() || got.rbegin()->first < r;
    RC_ASSERT(ascending);
    got[r] = n;
  });
  RC_ASSERT(got == expected);
  for (int r = 0; r < ranks; r++) RC_ASSERT(owned_by(owners, r, elements) == (expected.count(r) ? expected[r] : 0));
}

RC_GTEST_PROP(HeldNodes, AreThoseOfTheTree, ()) {
  const std::int64_t n = *rc::gen::inRange(1, 70);
  FixedTree<char> tree(n);
  std::vector<ChunkRange> ranges;
  for (std::int64_t k = 0; k < n; k++) {
    if (*rc::gen::inRange(0, 3) == 0) continue;
    tree.add({0, k}, 0, [](char&, char&) {});
    if (!ranges.empty() && ranges.back().second == k)
      ranges.back().second++;
    else
      ranges.emplace_back(k, k + 1);
  }
  RC_ASSERT(held_nodes(n, ranges) == static_cast<std::int64_t>(tree.held().size()));
}

}  // namespace
}  // namespace tessera::testing
