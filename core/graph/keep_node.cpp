#include <tessera/core/graph/keep_node.hpp>

#include <tessera/core/errors.hpp>

namespace tessera {

KeepNode::KeepNode(std::shared_ptr<const MapNode> input, Kept reason)
    : Node(NodeKind::keep, input->dtype(), input->shape(), input->grid(),
           {Edge{input, IndexTransform::identity(input->shape())}}),
      reason_(reason) {
  set_identity();
}

NodePtr KeepNode::with_inputs(std::vector<Edge> inputs) const {
  if (inputs[0].node->kind() != NodeKind::map)
    throw InternalError(std::string("a ") + name(inputs[0].node->kind()) + " is kept");
  return std::make_shared<KeepNode>(std::static_pointer_cast<const MapNode>(inputs[0].node), reason_);
}

}  // namespace tessera
