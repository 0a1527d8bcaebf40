// Plans are cached by structure: a loop that evaluates the same expression on new arrays and scalars plans once.
#include <unordered_map>

#include <tessera/core/hash.hpp>
#include <tessera/core/optimize/optimize.hpp>
#include <tessera/distributed/plan/plan.hpp>

namespace tessera {
namespace {

using Folded =
    std::unordered_map<const FoldedScalar*, Scalar>;  // folded scalars share their arguments: each is folded once

Scalar value_of(const ScalarParameter& p, const std::vector<NodePtr>& nodes, Folded& known) {
  if (p.folded) {
    if (const auto k = known.find(p.folded.get()); k != known.end()) return k->second;
    std::vector<Scalar> arguments;
    for (const auto& a : p.folded->arguments) arguments.push_back(value_of(a, nodes, known));
    return known[p.folded.get()] = fold(p.folded->instruction, arguments);
  }
  if (p.origin < 0) return p.value;
  const Node& n = *nodes[static_cast<std::size_t>(p.origin)];
  if (n.kind() == NodeKind::source) return as_source(n).fill()->value;
  return (n.kind() == NodeKind::map ? as_map(n).scalars() : as_reduce(n).scalars())[p.index].value;
}

void rebind_program(PlanProgram& program, const std::vector<NodePtr>& nodes, Folded& known) {
  for (std::size_t i = 0; i < program.parameters.size(); i++)
    program.scalars[i] = to_bits(value_of(program.parameters[i], nodes, known), program.program.scalars[i]);
}

}  // namespace

void rebind(Plan& plan, const std::vector<NodePtr>& nodes) {
  Folded known;
  for (auto& s : plan.sources)
    s.node = std::static_pointer_cast<const SourceNode>(nodes[static_cast<std::size_t>(s.origin)]);
  for (auto& stage : plan.stages) {
    for (auto& v : stage.values)
      if (v.kind == TileValue::Kind::computed) rebind_program(v.program, nodes, known);
    for (auto& o : stage.outputs) {
      rebind_program(o.program, nodes, known);
      if (o.is_reduce) rebind_program(o.epilogue, nodes, known);
    }
  }
}

std::uint64_t plan_key(const std::vector<PlanRequest>& requests, const std::vector<NodePtr>& nodes) {
  Hash h;
  // Which nodes are the same object, and which leaves (sources, scalar values) are merely equal: common subexpressions
  // merge also where they become equal only after views were pushed down, and that follows from structure and equal
  // leaves.
  std::unordered_map<const Node*, std::size_t> number;
  std::unordered_map<std::uint64_t, std::size_t> equal;
  const auto leaf = [&](std::uint64_t v) { h.add(equal.emplace(v, equal.size()).first->second); };
  for (const auto& n : nodes) {
    number.emplace(n.get(), number.size());
    h.add(n->structure());
    if (n->kind() == NodeKind::source) leaf(n->identity());
    if (n->kind() == NodeKind::map)
      for (const auto& s : as_map(*n).scalars()) leaf(value_hash(s.value));
    if (n->kind() == NodeKind::reduce)
      for (const auto& s : as_reduce(*n).scalars()) leaf(value_hash(s.value));
    for (const auto& e : n->inputs()) h.add(number.at(e.node.get()));
  }
  for (const auto& r : requests)
    h.add(number.at(r.node.get())).add(r.kind).add(r.target).add(r.cost.fixed).add(r.cost.per_worker);
  return h.value();
}

}  // namespace tessera
