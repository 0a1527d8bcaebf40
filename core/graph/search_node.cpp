#include <tessera/core/graph/search_node.hpp>

namespace tessera {

SearchNode::SearchNode(Edge values, Edge sorted, ChunkGrid grid, bool right)
    : Node(NodeKind::search, DType::int64, grid.shape(), grid, {std::move(values), std::move(sorted)}), right_(right) {
  set_identity();
}

NodePtr SearchNode::with_inputs(std::vector<Edge> inputs) const {
  return std::make_shared<SearchNode>(std::move(inputs[0]), std::move(inputs[1]), grid(), right_);
}

void SearchNode::add_own_structure(Key& key) const { key.add(right_).add(sorted().node->dtype()); }

}  // namespace tessera
