#include <tessera/core/graph/mask_nodes.hpp>

namespace tessera {
namespace {

ChunkGrid grid_of_selected(const ChunkGrid& domain, int mask_axes, const std::vector<std::int64_t>& starts) {
  std::vector<std::int64_t> lengths;
  for (std::size_t k = 0; k + 1 < starts.size(); k++) lengths.push_back(starts[k + 1] - starts[k]);
  std::vector<AxisChunks> axes{AxisChunks::irregular(lengths)};
  for (int i = mask_axes; i < domain.rank(); i++) axes.push_back(domain.axis(i));
  return ChunkGrid(std::move(axes));
}

}  // namespace

MaskCountNode::MaskCountNode(Edge mask, ChunkGrid domain)
    : Node(NodeKind::mask_count, DType::int64, {domain.count()}, ChunkGrid::regular({domain.count()}, {1}),
           {std::move(mask)}),
      domain_(std::move(domain)) {
  set_identity();
}

NodePtr MaskCountNode::with_inputs(std::vector<Edge> inputs) const {
  return std::make_shared<MaskCountNode>(std::move(inputs[0]), domain_);
}

CompressNode::CompressNode(Edge values, Edge mask, ChunkGrid domain, int mask_axes,
                           std::shared_ptr<const std::vector<std::int64_t>> starts)
    : Node(NodeKind::compress, values.node->dtype(), grid_of_selected(domain, mask_axes, *starts).shape(),
           grid_of_selected(domain, mask_axes, *starts), {values, mask}),
      domain_(std::move(domain)),
      mask_axes_(mask_axes),
      starts_(std::move(starts)) {
  set_identity();
}

NodePtr CompressNode::with_inputs(std::vector<Edge> inputs) const {
  return std::make_shared<CompressNode>(inputs[0], inputs[1], domain_, mask_axes_, starts_);
}

void CompressNode::add_own_structure(Key& key) const {
  key.add(domain_).add(mask_axes_).add(starts_->size());
  for (const auto s : *starts_) key.add(s);
}

}  // namespace tessera
