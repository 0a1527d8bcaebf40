#include <tessera/core/graph/contract_node.hpp>

#include <algorithm>

#include <tessera/core/kernel/contraction.hpp>

namespace tessera {
namespace {

std::int64_t depth_of(const Edge& a) { return a.map.output()[a.map.output_rank() - 1]; }

AxisChunks segments_for(const Shape& shape, std::int64_t depth) {
  const int rank = shape.size();
  std::int64_t stack = 1;
  for (int i = 0; i + 2 < rank; i++) stack *= shape[i];
  return contraction_segments(stack, shape[rank - 2], shape[rank - 1], depth);
}

}  // namespace

ContractNode::ContractNode(Edge a, Edge b, Shape shape, DType dtype)
    : Node(NodeKind::contract, dtype, shape, contraction_chunks(shape, depth_of(a)), {a, b}),
      segments_(segments_for(shape, depth_of(a))) {
  set_identity();
}

ContractNode::ContractNode(Edge a, Edge b, ChunkGrid grid, AxisChunks segments, DType dtype)
    : Node(NodeKind::contract, dtype, grid.shape(), grid, {std::move(a), std::move(b)}),
      segments_(std::move(segments)) {
  set_identity();
}

Box ContractNode::part_around(const Box& seen) const {
  Box part = seen;
  const bool nothing = seen.empty();
  for (int i = 0; i < part.rank(); i++) {
    if (nothing) part.lo[i] = 0, part.extent[i] = 1;
    if (i + 2 < part.rank()) continue;
    const AxisChunks& axis = grid().axis(i);
    const std::int64_t end = axis.bound(axis.find(part.lo[i] + part.extent[i] - 1) + 1);
    part.lo[i] = axis.bound(axis.find(part.lo[i]));
    part.extent[i] = end - part.lo[i];
  }
  return part;
}

Box ContractNode::operand_box(std::size_t operand, const Box& part) const {
  const Shape& space = inputs()[operand].map.output();
  Box box = Box::whole(space);
  const int rank = part.rank();
  for (int i = 0; i + 2 < rank; i++)
    if (space[i] == shape()[i]) box.lo[i] = part.lo[i], box.extent[i] = part.extent[i];
  const int own = operand == 0 ? rank - 2 : rank - 1;
  box.lo[own] = part.lo[own], box.extent[own] = part.extent[own];
  return box;
}

NodePtr ContractNode::sliced(const Box& part, std::vector<Edge> inputs) const {
  std::vector<AxisChunks> axes;
  for (int i = 0; i < part.rank(); i++) axes.push_back(grid().axis(i).sliced(part.lo[i], 1, part.extent[i]));
  return std::make_shared<ContractNode>(std::move(inputs[0]), std::move(inputs[1]), ChunkGrid(std::move(axes)),
                                        segments_, dtype());
}

NodePtr ContractNode::with_inputs(std::vector<Edge> inputs) const {
  return std::make_shared<ContractNode>(std::move(inputs[0]), std::move(inputs[1]), grid(), segments_, dtype());
}

void ContractNode::add_own_structure(Key& key) const {
  key.add(segments_.count()).add(segments_.bound(1));  // regular
}

}  // namespace tessera
