#include <tessera/core/graph/scan_node.hpp>

namespace tessera {

ScanNode::ScanNode(Program prologue, std::vector<ScalarParameter> scalars, std::vector<Edge> inputs, ChunkGrid grid,
                   int axis, ScanKind kind)
    : Node(NodeKind::scan, prologue.type(prologue.outputs[0]), grid.shape(), grid, std::move(inputs)),
      program_(std::move(prologue)),
      scalars_(std::move(scalars)),
      axis_(axis),
      kind_(kind) {
  set_identity();
}

NodePtr ScanNode::with_inputs(std::vector<Edge> inputs) const {
  return std::make_shared<ScanNode>(program_, scalars_, std::move(inputs), grid(), axis_, kind_);
}

void ScanNode::add_own_structure(Key& key) const {
  add(key, program_);
  key.add(kind_).add(axis_);
}

}  // namespace tessera
