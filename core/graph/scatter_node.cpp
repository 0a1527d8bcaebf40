#include <tessera/core/graph/scatter_node.hpp>

namespace tessera {
namespace {

std::vector<Edge> inputs_of(const Edge& base, Edge values, const std::vector<Edge>& indices) {
  std::vector<Edge> inputs{base, std::move(values)};
  inputs.insert(inputs.end(), indices.begin(), indices.end());
  return inputs;
}

}  // namespace

ScatterNode::ScatterNode(const Edge& base, Edge values, const std::vector<Edge>& indices,
                         std::vector<GatherNode::Axis> axes, std::vector<std::int64_t> extents,
                         std::vector<IndexTransform> places, ChunkGrid domain, ChunkGrid grid)
    : Node(NodeKind::scatter, base.node->dtype(), grid.shape(), grid, inputs_of(base, std::move(values), indices)),
      axes_(std::move(axes)),
      extents_(std::move(extents)),
      places_(std::move(places)),
      domain_(std::move(domain)) {
  set_identity();
}

NodePtr ScatterNode::with_inputs(std::vector<Edge> inputs) const {
  const std::vector<Edge> indices(inputs.begin() + 2, inputs.end());
  return std::make_shared<ScatterNode>(inputs[0], inputs[1], indices, axes_, extents_, places_, domain_, grid());
}

void ScatterNode::add_own_structure(Key& key) const {
  for (const auto& a : axes_) key.add(a.index).add(a.seen.from).add(a.seen.offset).add(a.seen.stride);
  for (const auto e : extents_) key.add(e);
  for (const auto& p : places_) key.add(p);
  key.add(domain_);
}

}  // namespace tessera
