#include <tessera/core/graph/gather_node.hpp>

namespace tessera {
namespace {

std::vector<Edge> inputs_of(const Edge& source, std::vector<Edge> indices) {
  indices.insert(indices.begin(), source);
  return indices;
}

std::vector<Edge> indices_of(const std::vector<Edge>& inputs) { return {inputs.begin() + 1, inputs.end()}; }

}  // namespace

GatherNode::GatherNode(const Edge& source, std::vector<Edge> indices, std::vector<Axis> axes,
                       std::vector<IndexTransform> places, ChunkGrid grid)
    : Node(NodeKind::gather, source.node->dtype(), grid.shape(), grid, inputs_of(source, std::move(indices))),
      axes_(std::move(axes)),
      places_(std::move(places)) {
  set_identity();
}

NodePtr GatherNode::with_inputs(std::vector<Edge> inputs) const {
  return std::make_shared<GatherNode>(inputs[0], indices_of(inputs), axes_, places_, grid());
}

NodePtr GatherNode::sliced(const IndexTransform& slice, std::vector<Edge> inputs) const {
  std::vector<Axis> axes = axes_;
  for (Axis& a : axes) {
    if (a.index >= 0 || a.seen.from < 0) continue;
    const auto& by = slice.axis(a.seen.from);
    a.seen = {by.from, a.seen.offset + a.seen.stride * by.offset, by.from < 0 ? 0 : a.seen.stride * by.stride};
  }
  std::vector<IndexTransform> places;
  for (const auto& p : places_) places.push_back(slice.then(p));
  return std::make_shared<GatherNode>(inputs[0], indices_of(inputs), std::move(axes), std::move(places),
                                      slice.map_grid(grid()));
}

void GatherNode::add_own_structure(Key& key) const {
  for (const Axis& a : axes_) key.add(a.index).add(a.seen.from).add(a.seen.offset).add(a.seen.stride);
  for (const auto& p : places_) key.add(p);
}

}  // namespace tessera
