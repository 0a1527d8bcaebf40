#include <tessera/core/graph/group_node.hpp>

namespace tessera {
namespace {

// The kept axes, and one of all groups, which is one chunk.
ChunkGrid result_grid(const ChunkGrid& domain, std::uint32_t folded, std::int64_t groups) {
  std::vector<AxisChunks> axes;
  for (int i = 0; i < domain.rank(); i++) {
    if (i == group_axis(folded)) axes.push_back(AxisChunks::regular(groups, std::max<std::int64_t>(1, groups)));
    if (!(folded >> i & 1u)) axes.push_back(domain.axis(i));
  }
  return ChunkGrid(std::move(axes));
}

}  // namespace

GroupNode::GroupNode(std::vector<Edge> inputs, ChunkGrid domain, std::uint32_t folded, Grouping grouping, Fold fold,
                     Epilogue epilogue)
    : Node(NodeKind::group, epilogue.program.type(epilogue.program.outputs[0]),
           with_groups(domain.shape(), folded, grouping.groups), result_grid(domain, folded, grouping.groups),
           std::move(inputs)),
      domain_(std::move(domain)),
      folded_(folded),
      grouping_(std::move(grouping)),
      fold_(std::move(fold)),
      epilogue_(std::move(epilogue)) {
  set_identity();
}

std::vector<Edge> GroupNode::elements() const {
  return {inputs().begin(), inputs().end() - static_cast<std::ptrdiff_t>(grouping_.bins.size())};
}

std::vector<Edge> GroupNode::edges() const {
  return {inputs().end() - static_cast<std::ptrdiff_t>(grouping_.bins.size()), inputs().end()};
}

NodePtr GroupNode::with_inputs(std::vector<Edge> inputs) const {
  return std::make_shared<GroupNode>(std::move(inputs), domain_, folded_, grouping_, fold_, epilogue_);
}

void GroupNode::add_own_structure(Key& key) const {
  add(key, epilogue_.program);
  add(key, grouping_);
  key.add(folded_).add(domain_).add(fold_.combiner).add(fold_.element);
  for (const auto& e : inputs()) key.add(e.node->dtype());
  for (const auto& s : epilogue_.scalars) key.add(s.value);  // a cached plan keeps them
}

void GroupNode::add_own_values(Key& key) const {
  Node::add_own_values(key);
  for (const auto& s : epilogue_.scalars) key.add(s.value);
}

}  // namespace tessera
