#include <tessera/core/graph/reduce_node.hpp>

namespace tessera {

ReduceNode::ReduceNode(Program prologue, std::vector<ScalarParameter> scalars, std::vector<Edge> inputs,
                       ChunkGrid domain, std::uint32_t reduced, Fold fold, Epilogue epilogue)
    : Node(NodeKind::reduce, epilogue.program.type(epilogue.program.outputs[0]), kept_axes(domain.shape(), reduced),
           kept_axes(domain, reduced), std::move(inputs)),
      program_(std::move(prologue)),
      scalars_(std::move(scalars)),
      domain_(std::move(domain)),
      reduced_(reduced),
      fold_(std::move(fold)),
      epilogue_(std::move(epilogue)) {
  set_identity();
}

NodePtr ReduceNode::with_inputs(std::vector<Edge> inputs) const {
  return std::make_shared<ReduceNode>(program_, scalars_, std::move(inputs), domain_, reduced_, fold_, epilogue_);
}

void ReduceNode::add_own_structure(Key& key) const {
  add(key, program_);
  add(key, epilogue_.program);
  key.add(reduced_).add(domain_).add(fold_.combiner).add(fold_.element).add(fold_.user != nullptr);
  if (const auto& u = fold_.user)  // name and version stand for its functions
    key.add(u->name).add(u->version).add(u->state_bytes).add(u->element).add(u->result);
  for (const auto& s : epilogue_.scalars)
    if (s.origin < 0) key.add(s.value);  // n - correction: a cached plan keeps it
}

void ReduceNode::add_own_values(Key& key) const {
  Node::add_own_values(key);
  for (const auto& s : epilogue_.scalars) key.add(s.value);
}

ChunkGrid kept_axes(const ChunkGrid& grid, std::uint32_t reduced) {
  std::vector<AxisChunks> axes;
  for (int i = 0; i < grid.rank(); i++)
    if (!(reduced >> i & 1u)) axes.push_back(grid.axis(i));
  return ChunkGrid(std::move(axes));
}

Dims kept_axes(const Dims& dims, std::uint32_t reduced) {
  Dims kept;
  for (int i = 0; i < dims.size(); i++)
    if (!(reduced >> i & 1u)) kept.push_back(dims[i]);
  return kept;
}

}  // namespace tessera
