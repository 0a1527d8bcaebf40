#pragma once
// The graph as the user built it, of nodes that are equal (built twice from the same) only the first. Numbers are those
// of topological_order with all nodes, by which scalars and sources are found again in the next evaluation.
#include <unordered_map>

#include <tessera/core/graph/node.hpp>

namespace tessera {

class BuiltGraph {
 public:
  explicit BuiltGraph(const std::vector<NodePtr>& roots);
  /// Inputs before their consumers.
  const std::vector<NodePtr>& nodes() const { return nodes_; }
  /// The first of the nodes that are equal to this one.
  const NodePtr& first(const Node& n) const { return nodes_[first_.at(n.identity())]; }
  std::int32_t number(const Node& n) const { return numbers_[first_.at(n.identity())]; }

 private:
  std::vector<NodePtr> nodes_;
  std::vector<std::int32_t> numbers_;
  std::unordered_map<std::uint64_t, std::size_t> first_;  // by identity
};

}  // namespace tessera
