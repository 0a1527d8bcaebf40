// Plans are cached by structure: a loop that evaluates the same expression on new arrays and scalars plans once.
#include <unordered_map>

#include <tessera/core/hash.hpp>
#include <tessera/distributed/plan/plan.hpp>

namespace tessera {
void rebind(Plan& plan, const std::vector<NodePtr>& nodes) {
  Rebinding rebinding(nodes);
  for (auto& s : plan.sources) s.node = std::static_pointer_cast<const SourceNode>(rebinding.node(s.origin));
  for (auto& stage : plan.stages) std::visit([&](auto& op) { rebind(op, rebinding); }, stage.op);
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
