#include <tessera/core/graph/reshape_node.hpp>

namespace tessera {

ReshapeNode::ReshapeNode(Edge input, ChunkGrid grid)
    : Node(NodeKind::reshape, input.node->dtype(), grid.shape(), grid, {input}) {
  set_identity();
}

NodePtr ReshapeNode::with_inputs(std::vector<Edge> inputs) const {
  return std::make_shared<ReshapeNode>(std::move(inputs[0]), grid());
}

}  // namespace tessera
