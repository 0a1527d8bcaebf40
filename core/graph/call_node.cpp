#include <tessera/core/graph/call_node.hpp>

namespace tessera {

CallNode::CallNode(std::vector<Edge> inputs, ChunkGrid grid, std::shared_ptr<const UserMap> function)
    : Node(NodeKind::call, function->result, grid.shape(), grid, std::move(inputs)), function_(std::move(function)) {
  set_identity();
}

NodePtr CallNode::with_inputs(std::vector<Edge> inputs) const {
  return std::make_shared<CallNode>(std::move(inputs), grid(), function_);
}

void CallNode::add_own_structure(Key& key) const { add(key, *function_); }

}  // namespace tessera
