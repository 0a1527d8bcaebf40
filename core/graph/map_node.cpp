#include <tessera/core/graph/map_node.hpp>

namespace tessera {

MapNode::MapNode(Program program, std::vector<ScalarParameter> scalars, Shape shape, ChunkGrid grid,
                 std::vector<Edge> inputs)
    : Node(NodeKind::map, program.type(program.outputs[0]), shape, std::move(grid), std::move(inputs)),
      program_(std::move(program)),
      scalars_(std::move(scalars)) {
  set_identity();
}

NodePtr MapNode::with_inputs(std::vector<Edge> inputs) const {
  return std::make_shared<MapNode>(program_, scalars_, shape(), grid(), std::move(inputs));
}

void MapNode::add_own_structure(Key& key) const { add(key, program_); }

Program identity_program(DType type) {
  Program p;
  p.inputs = {type};
  p.outputs = {0};
  return p;
}

std::shared_ptr<const MapNode> copy_of(Edge e, const Shape& shape, ChunkGrid grid) {
  const DType type = e.node->dtype();
  return std::make_shared<MapNode>(identity_program(type), std::vector<ScalarParameter>{}, shape, std::move(grid),
                                   std::vector<Edge>{std::move(e)});
}

}  // namespace tessera
