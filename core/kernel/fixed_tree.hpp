#pragma once
// The tree by which leaves and chunks combine: binary, over the indices 0 ... n - 1, depending on n alone.
// Level 0 holds the n items; node k of level l+1 is node 2k (+) node 2k+1 of level l, or node 2k alone when it has no
// right sibling. n = 5: ((0 1)(2 3)) 4. Whoever holds both siblings may combine them, in any order of arrival: the bits
// are the same.
#include <cstdint>
#include <optional>
#include <vector>

namespace tessera {

struct TreeNode {
  int level = 0;
  std::int64_t index = 0;
  bool operator==(const TreeNode&) const = default;
};

constexpr TreeNode parent(TreeNode t) { return {t.level + 1, t.index / 2}; }

/// Nodes on `level` of a tree over n items.
constexpr std::int64_t tree_width(std::int64_t n, int level) { return n == 0 ? 0 : ((n - 1) >> level) + 1; }
constexpr bool is_tree_root(TreeNode t, std::int64_t n) { return tree_width(n, t.level) <= 1; }
constexpr int tree_depth(std::int64_t n) {
  int depth = 0;
  while (tree_width(n, depth) > 1) depth++;
  return depth;
}

/// The nodes that one holder has, each with a state. Adding a node combines and promotes as far as siblings allow.
/// `merge(left, right)` folds the right state into the left one.
template <class State>
class FixedTree {
 public:
  explicit FixedTree(std::int64_t n = 0) : n_(n) {}
  struct Held {
    TreeNode node;
    State state;
  };
  template <class Merge>
  void add(TreeNode node, State state, Merge&& merge) {
    while (!is_tree_root(node, n_)) {
      if (node.index % 2 == 0 && node.index + 1 >= tree_width(n_, node.level)) {  // no right sibling: rises as it is
        node = {node.level + 1, node.index / 2};
        continue;
      }
      const TreeNode sibling{node.level, node.index ^ 1};
      std::size_t at = held_.size();
      while (at > 0 && !(held_[at - 1].node == sibling)) at--;
      if (at == 0) break;
      State other = std::move(held_[at - 1].state);
      held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(at) - 1);
      if (node.index % 2) {
        merge(other, state);
        state = std::move(other);
      } else {
        merge(state, other);
      }
      node = {node.level + 1, node.index / 2};
    }
    held_.push_back({node, std::move(state)});
  }
  /// Takes out the left sibling of `node`, if it is held: whoever has the node's state elsewhere folds it into the
  /// sibling and adds that as `parent(node)`.
  std::optional<State> take_left(TreeNode node) {
    if (node.index % 2 == 0) return std::nullopt;
    for (std::size_t at = held_.size(); at > 0; at--) {
      if (!(held_[at - 1].node == TreeNode{node.level, node.index - 1})) continue;
      std::optional<State> left(std::move(held_[at - 1].state));
      held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(at) - 1);
      return left;
    }
    return std::nullopt;
  }
  bool complete() const { return held_.size() == 1 && is_tree_root(held_[0].node, n_); }
  std::vector<Held>& held() { return held_; }
  std::int64_t size() const { return n_; }

 private:
  std::int64_t n_;
  std::vector<Held> held_;
};

}  // namespace tessera
