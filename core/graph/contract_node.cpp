#include <tessera/core/graph/contract_node.hpp>

#include <tessera/core/kernel/contraction.hpp>

namespace tessera {

ContractNode::ContractNode(Edge a, Edge b, Shape shape, DType dtype)
    : Node(NodeKind::contract, dtype, shape, contraction_chunks(shape, a.map.output()[shape.size() - 1]),
           {std::move(a), std::move(b)}) {
  set_identity();
}

NodePtr ContractNode::with_inputs(std::vector<Edge> inputs) const {
  return std::make_shared<ContractNode>(std::move(inputs[0]), std::move(inputs[1]), shape(), dtype());
}

}  // namespace tessera
