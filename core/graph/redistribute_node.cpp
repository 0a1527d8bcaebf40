#include <tessera/core/graph/redistribute_node.hpp>

namespace tessera {

RedistributeNode::RedistributeNode(Edge input, ChunkGrid grid)
    : Node(NodeKind::redistribute, input.node->dtype(), grid.shape(), grid, {input}) {
  set_identity();
}

NodePtr RedistributeNode::with_inputs(std::vector<Edge> inputs) const {
  return std::make_shared<RedistributeNode>(std::move(inputs[0]), grid());
}

}  // namespace tessera
