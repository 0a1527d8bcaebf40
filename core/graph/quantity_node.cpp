#include <tessera/core/graph/quantity_node.hpp>

namespace tessera {

QuantityNode::QuantityNode(NodePtr input, Quantity quantity)
    : Node(NodeKind::quantity, input->dtype(), input->shape(), input->grid(),
           {Edge{input, IndexTransform::identity(input->shape())}}),
      quantity_(std::move(quantity)) {
  set_identity();
}

NodePtr QuantityNode::with_inputs(std::vector<Edge> inputs) const {
  return std::make_shared<QuantityNode>(std::move(inputs[0].node), quantity_);
}

}  // namespace tessera
