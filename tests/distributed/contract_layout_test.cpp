// Who makes what of a product, and in which step: every product of elements once, whatever the panels.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <tessera/core/kernel/contraction.hpp>
#include <tessera/distributed/plan/contract.hpp>

namespace tessera {
namespace {

ContractLayout layout_of(const Shape& c, std::int64_t k, int ranks) {
  std::int64_t stack = 1;
  for (int i = 0; i + 2 < c.size(); i++) stack *= c[i];
  return {contraction_chunks(c, k), contraction_segments(stack, c[c.size() - 2], c[c.size() - 1], k), ranks};
}

TEST(ContractLayout, DealsRanksToTheLongestDimension) {
  const ContractLayout square = layout_of({8192, 8192}, 8192, 6);
  EXPECT_EQ(square.grid().count(), 64);
  EXPECT_EQ(square.segments().count(), 1);
  EXPECT_EQ(square.parts(), (Dims{3, 2}));
  const ContractLayout deep = layout_of({100, 100}, 1000000, 4);
  EXPECT_EQ(deep.depth(), 4);
  EXPECT_EQ(deep.parts(), (Dims{1, 1}));
  EXPECT_EQ(layout_of({1000000, 100}, 100, 5).parts(), (Dims{5, 1}));
  EXPECT_EQ(layout_of({40, 100, 100}, 100, 4).parts(), (Dims{4, 1, 1}));
  EXPECT_EQ(layout_of({2, 2}, 2, 7).parts(), (Dims{1, 1}));  // one chunk: the others make nothing
}

TEST(ContractLayout, CutsDependOnShapesAlone) {
  EXPECT_EQ(contraction_chunks({8192, 8192}, 8192).largest(), (Dims{1024, 1024}));
  EXPECT_EQ(contraction_chunks({1000000, 100}, 100).axis(1).count(), 1);
  EXPECT_GT(contraction_segments(1, 100, 100, 1000000).count(), 32);
  EXPECT_EQ(contraction_segments(1, 4096, 4096, 4096).count(), 1);
}

RC_GTEST_PROP(ContractLayout, EveryProductIsMadeOnce, ()) {
  const auto in = [](std::int64_t lo, std::int64_t hi) { return *rc::gen::inRange<std::int64_t>(lo, hi + 1); };
  Shape c;
  for (auto n = in(0, 2); n > 0; n--) c.push_back(in(1, 5));
  c.push_back(in(2, 3000)), c.push_back(in(2, 3000));
  const std::int64_t k = in(1, 40000);
  const ContractLayout layout = layout_of(c, k, static_cast<int>(in(1, 9)));
  ContractSteps steps(layout);
  for (auto& e : steps.chunks) e = in(1, e);
  steps.depth = std::max<std::int64_t>(1, ceil_div(in(1, steps.depth), contraction_block)) * contraction_block;
  steps.columns_first = in(0, 1) == 1;
  const Distribution owners = layout.owners();
  std::map<std::int64_t, std::int64_t> products;  // by chunk: how much of k
  for (int r = 0; r < layout.ranks(); r++)
    for (std::int64_t i = 0; i < steps.count(layout); i++) {
      const ContractStep s = steps.step(layout, r, i);
      if (s.empty()) continue;
      RC_ASSERT(s.from % contraction_block == 0);
      for_each_index(s.chunks.extent, [&](Dims at) {
        for (int a = 0; a < at.size(); a++) at[a] += s.chunks.lo[a];
        RC_ASSERT(owners.owner(at) == layout.owner_of(r));
        products[layout.grid().linear(at)] += s.to - s.from;
      });
    }
  RC_ASSERT(static_cast<std::int64_t>(products.size()) == layout.grid().count());
  for (const auto& [chunk, n] : products) RC_ASSERT(n == k);
}

RC_GTEST_PROP(ContractLayout, SumsOfAllRanksAreTheTree, ()) {
  const ContractLayout layout = layout_of({2, 2}, *rc::gen::inRange<std::int64_t>(1, 200000), *rc::gen::inRange(1, 12));
  struct Nothing {};
  FixedTree<Nothing> tree(layout.segments().count());
  for (int r = 0; r < layout.ranks(); r++)
    for (const TreeNode& node : sums_of(layout, r)) tree.add(node, {}, [](Nothing, Nothing) {});
  RC_ASSERT(tree.complete());
}

}  // namespace
}  // namespace tessera
