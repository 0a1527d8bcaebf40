#include <tessera/core/graph/view_node.hpp>

namespace tessera {

ViewNode::ViewNode(NodePtr input, IndexTransform transform)
    : Node(NodeKind::view, input->dtype(), transform.output(), transform.map_grid(input->grid()),
           {Edge{input, transform}}) {
  set_identity();
}

NodePtr ViewNode::with_inputs(std::vector<Edge> inputs) const {
  return std::make_shared<ViewNode>(std::move(inputs[0].node), std::move(inputs[0].map));
}

}  // namespace tessera
