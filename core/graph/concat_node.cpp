#include <tessera/core/graph/concat_node.hpp>

namespace tessera {

ConcatNode::ConcatNode(DType dtype, ChunkGrid grid, int axis, std::vector<std::int64_t> starts, std::vector<Edge> parts,
                       std::shared_ptr<const Store> described)
    : Node(NodeKind::concat, dtype, grid.shape(), grid, std::move(parts)),
      axis_(axis),
      starts_(std::move(starts)),
      described_(std::move(described)) {
  set_identity();
}

NodePtr ConcatNode::with_inputs(std::vector<Edge> inputs) const {
  return std::make_shared<ConcatNode>(dtype(), grid(), axis_, starts_, std::move(inputs), described_);
}

void ConcatNode::add_own_structure(Key& key) const {
  key.add(axis_);
  for (const auto s : starts_) key.add(s);
}

}  // namespace tessera
