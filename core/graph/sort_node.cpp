#include <tessera/core/graph/sort_node.hpp>

namespace tessera {
namespace {

// The chunks of the result: those of the domain, on the axis as long as there.
ChunkGrid grid_of(const ChunkGrid& domain, int axis, const SortNode::Range& range) {
  std::vector<AxisChunks> axes;
  for (int i = 0; i < domain.rank(); i++) {
    const AxisChunks& a = domain.axis(i);
    const bool cut = i == axis && range.count != a.extent();
    axes.push_back(cut ? AxisChunks::regular(range.count, std::max<std::int64_t>(1, std::min(range.count, a.longest())))
                       : a);
  }
  return ChunkGrid(std::move(axes));
}

}  // namespace

SortNode::SortNode(Edge input, ChunkGrid domain, int axis, const Sort& sort, Range range)
    : Node(NodeKind::sort, sort.result(), grid_of(domain, axis, range).shape(), grid_of(domain, axis, range), {input}),
      domain_(std::move(domain)),
      axis_(axis),
      sort_(sort),
      range_(range) {
  set_identity();
}

bool SortNode::has_whole_rows() const {
  constexpr std::int64_t longest_bytes = 16 << 20;
  const AxisChunks& along = domain_.axis(axis_);
  return along.count() <= 1 && along.extent() <= longest_bytes / item_size(sort_.element);
}

NodePtr SortNode::with_inputs(std::vector<Edge> inputs) const {
  return std::make_shared<SortNode>(std::move(inputs[0]), domain_, axis_, sort_, range_);
}

void SortNode::add_own_structure(Key& key) const {
  key.add(domain_);
  key.add(axis_).add(sort_.element).add(sort_.descending).add(sort_.indices).add(range_.first).add(range_.count);
}

}  // namespace tessera
