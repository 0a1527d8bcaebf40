#include <tessera/core/graph/chunk_call_node.hpp>

namespace tessera {

ChunkCallNode::ChunkCallNode(std::vector<Edge> inputs, ChunkCall call, bool in_tiles)
    : Node(NodeKind::chunk_call, call.function->result, call.result.shape(), call.result, std::move(inputs)),
      call_(std::move(call)),
      in_tiles_(in_tiles) {
  set_identity();
}

NodePtr ChunkCallNode::with_inputs(std::vector<Edge> inputs) const {
  return std::make_shared<ChunkCallNode>(std::move(inputs), call_, in_tiles_);
}

void ChunkCallNode::add_own_structure(Key& key) const {
  key.add(in_tiles_);
  add(key, call_);
}

}  // namespace tessera
