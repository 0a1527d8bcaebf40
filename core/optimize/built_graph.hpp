#pragma once
// The graph as the user built it, of nodes that are equal (built twice from the same) only the first. Numbers are those
// of topological_order with all nodes, by which scalars and sources are found again in the next evaluation.
#include <unordered_map>

#include <tessera/core/graph/unique_nodes.hpp>

namespace tessera {

class BuiltGraph {
 public:
  explicit BuiltGraph(const std::vector<NodePtr>& roots);
  /// Inputs before their consumers.
  const std::vector<NodePtr>& nodes() const { return nodes_; }
  /// The first of the nodes that are equal to this one.
  const NodePtr& first(const Node& n) const { return unique_.first(n); }
  std::int32_t number(const Node& n) const { return numbers_.at(first(n).get()); }

 private:
  UniqueNodes unique_;
  std::vector<NodePtr> nodes_;
  std::unordered_map<const Node*, std::int32_t> numbers_;  // of the first ones
};

}  // namespace tessera
