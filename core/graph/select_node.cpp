#include <tessera/core/graph/select_node.hpp>

#include <algorithm>

namespace tessera {
namespace {

// The axis of quantiles, if there is one, and what stays of the domain.
ChunkGrid result_of(const ChunkGrid& domain, const Selection& s) {
  std::vector<AxisChunks> axes;
  const std::int64_t n = s.quantiles.count();
  if (s.is_list) axes.push_back(AxisChunks::regular(n, std::max<std::int64_t>(1, n)));
  for (int i = 0; i < domain.rank(); i++)
    if (!(s.folded >> i & 1u)) axes.push_back(domain.axis(i));
  return ChunkGrid(std::move(axes));
}

}  // namespace

SelectNode::SelectNode(Program prologue, std::vector<ScalarParameter> scalars, std::vector<Edge> inputs,
                       ChunkGrid domain, Selection selection)
    : Node(NodeKind::select, quantile_dtype(selection.quantiles.method, prologue.type(prologue.outputs[0])),
           result_of(domain, selection).shape(), result_of(domain, selection), std::move(inputs)),
      program_(std::move(prologue)),
      scalars_(std::move(scalars)),
      domain_(std::move(domain)),
      selection_(std::move(selection)) {
  set_identity();
}

NodePtr SelectNode::over(Program prologue, std::vector<ScalarParameter> scalars, std::vector<Edge> inputs) const {
  return std::make_shared<SelectNode>(std::move(prologue), std::move(scalars), std::move(inputs), domain_, selection_);
}

NodePtr SelectNode::with_inputs(std::vector<Edge> inputs) const { return over(program_, scalars_, std::move(inputs)); }

void SelectNode::add_own_structure(Key& key) const {
  add(key, program_);
  add(key, quantiles());
  key.add(domain_).add(folded()).add(is_list()).add(is_by_columns());
}

}  // namespace tessera
