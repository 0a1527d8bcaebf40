#pragma once
// Of nodes that make the same elements (built twice from the same) only the first. Nodes are told apart by what they
// are; hashes only say where to look.
#include <unordered_map>

#include <tessera/core/graph/node.hpp>

namespace tessera {

class TESSERA_API UniqueNodes {
 public:
  /// All inputs of `n` must have been added before. returns: whether there was no equal one.
  bool add(const NodePtr& n);
  /// The first of the nodes that are equal to this one, which was added.
  const NodePtr& first(const Node& n) const { return first_.at(&n); }

 private:
  bool are_equal(const Node& a, const Node& b) const;

  std::unordered_multimap<std::uint64_t, NodePtr> by_identity_;
  std::unordered_map<const Node*, NodePtr> first_;
  std::vector<NodePtr> others_;  // not first; alive, so that no other node gets their address
};

}  // namespace tessera
