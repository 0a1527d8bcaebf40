// One expression for n items, whoever holds them and in whatever order they arrive.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <tessera/core/kernel/fixed_tree.hpp>
#include <tessera/core/kernel/leaf.hpp>

namespace tessera {
namespace {

void merge(std::string& left, const std::string& right) { left = "(" + left + " " + right + ")"; }

// The definition, level by level.
std::string expression(std::int64_t n) {
  std::vector<std::string> level;
  for (std::int64_t i = 0; i < n; i++) level.push_back(std::to_string(i));
  while (level.size() > 1) {
    std::vector<std::string> up;
    for (std::size_t i = 0; i < level.size(); i += 2) {
      up.push_back(level[i]);
      if (i + 1 < level.size()) merge(up.back(), level[i + 1]);
    }
    level = std::move(up);
  }
  return level[0];
}

TEST(FixedTree, AnyOrderOfArrivalGivesOneExpression) {
  EXPECT_EQ(expression(5), "(((0 1) (2 3)) 4)");
  std::mt19937 random(1);
  for (std::int64_t n = 1; n <= 70; n++)
    for (int trial = 0; trial < 20; trial++) {
      std::vector<std::int64_t> order;
      for (std::int64_t i = 0; i < n; i++) order.push_back(i);
      if (trial == 1) std::reverse(order.begin(), order.end());
      if (trial > 1) std::shuffle(order.begin(), order.end(), random);
      FixedTree<std::string> tree(n);
      for (auto i : order) {
        EXPECT_FALSE(tree.complete());
        tree.add({0, i}, std::to_string(i), merge);
      }
      ASSERT_TRUE(tree.complete());
      ASSERT_EQ(tree.held()[0].state, expression(n));
    }
}

TEST(FixedTree, ARightSiblingIsFoldedIntoTheLeftOneThatIsTakenOut) {
  for (std::int64_t n = 1; n <= 70; n++) {
    FixedTree<std::string> tree(n);
    for (std::int64_t i = 0; i < n; i++) {
      auto left = tree.take_left({0, i});
      ASSERT_EQ(left.has_value(), i % 2 == 1);
      if (!left) {
        tree.add({0, i}, std::to_string(i), merge);
        continue;
      }
      merge(*left, std::to_string(i));
      tree.add(parent({0, i}), *left, merge);
    }
    ASSERT_TRUE(tree.complete());
    EXPECT_EQ(tree.held()[0].state, expression(n));
  }
}

TEST(FixedTree, HoldersCombineTheirOwnAndHandOverTheRest) {
  std::mt19937 random(2);
  for (std::int64_t n = 1; n <= 70; n++)
    for (int holders : {1, 2, 3, 5, 8}) {
      std::vector<FixedTree<std::string>> trees(static_cast<std::size_t>(holders), FixedTree<std::string>(n));
      const bool runs = n % 2 == 0;  // contiguous runs, or anything
      for (std::int64_t i = 0; i < n; i++) {
        const auto to = runs ? static_cast<std::size_t>(i * holders / n) : random() % static_cast<std::size_t>(holders);
        trees[to].add({0, i}, std::to_string(i), merge);
      }
      FixedTree<std::string> last(n);
      std::vector<FixedTree<std::string>::Held> sent;
      for (auto& t : trees) {
        if (runs) {
          EXPECT_LE(t.held().size(), 2u * static_cast<std::size_t>(tree_depth(n)) + 1);  // a run leaves few nodes
        }
        for (auto& h : t.held()) sent.push_back(h);
      }
      std::shuffle(sent.begin(), sent.end(), random);
      for (auto& h : sent) last.add(h.node, h.state, merge);
      ASSERT_TRUE(last.complete()) << n << " items, " << holders << " holders";
      ASSERT_EQ(last.held()[0].state, expression(n));
    }
}

TEST(FixedTree, InOrderItHoldsNoMoreThanItsDepth) {
  for (std::int64_t n : {1, 2, 3, 64, 65, 1000}) {
    FixedTree<std::string> tree(n);
    std::size_t most = 0;
    for (std::int64_t i = 0; i < n; i++) {
      tree.add({0, i}, "", [](auto&, auto&) {});
      most = std::max(most, tree.held().size());
    }
    EXPECT_LE(most, static_cast<std::size_t>(tree_depth(n)) + 1) << n;
  }
}

TEST(Leaves, FollowFromExtentsAlone) {
  EXPECT_EQ(leaf_extents({8, 512, 512}, 7), (Dims{1, 8, 512}));
  EXPECT_EQ(leaf_extents({8, 512, 512}, 1), (Dims{8, 512, 512}));
  EXPECT_EQ(leaf_extents({10000}, 1), (Dims{4096}));
  EXPECT_EQ(leaf_extents({5, 0}, 3), (Dims{5, 1}));
  EXPECT_EQ(leaf_extents({}, 0), Dims{});
}

}  // namespace
}  // namespace tessera
