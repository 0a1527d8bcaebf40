#include <tessera/core/graph/stencil_node.hpp>

namespace tessera {

StencilNode::StencilNode(Edge input, ChunkGrid grid, Box source, std::shared_ptr<const Stencil> stencil)
    : Node(NodeKind::stencil, input.node->dtype(), grid.shape(), grid, {input}),
      source_(source),
      stencil_(std::move(stencil)) {
  set_identity();
}

NodePtr StencilNode::with_inputs(std::vector<Edge> inputs) const {
  return std::make_shared<StencilNode>(std::move(inputs[0]), grid(), source_, stencil_);
}

std::shared_ptr<const StencilNode> StencilNode::sliced(const IndexTransform& slice, Edge input) const {
  Box source = source_;
  for (int i = 0; i < source.rank(); i++) {
    const auto& a = slice.axis(i);
    if (stencil_->reaches(i))
      source.lo[i] -= a.offset;
    else
      source.lo[i] = 0, source.extent[i] = slice.output()[i];
  }
  return std::make_shared<StencilNode>(std::move(input), slice.map_grid(grid()), source, stencil_);
}

void StencilNode::add_own_structure(Key& key) const {
  for (int i = 0; i < source_.rank(); i++) key.add(source_.lo[i]).add(source_.extent[i]);
  add(key, *stencil_);
}

}  // namespace tessera
