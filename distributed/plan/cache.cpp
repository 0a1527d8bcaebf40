// Plans are cached by structure: a loop that evaluates the same expression on new arrays and scalars plans once.
#include <unordered_map>

#include <tessera/core/graph/unique_nodes.hpp>
#include <tessera/distributed/plan/plan.hpp>

namespace tessera {
void rebind(Plan& plan, const std::vector<NodePtr>& nodes) {
  Rebinding rebinding(nodes);
  for (auto& s : plan.sources) s.node = std::static_pointer_cast<const SourceNode>(rebinding.node(s.origin));
  for (auto& stage : plan.stages)
    std::visit([&](auto& op) { for_each_program(op, [&](PlanProgram& p, Space) { rebinding.rebind(p); }); }, stage.op);
}

Key plan_key(const std::vector<PlanRequest>& requests, const std::vector<NodePtr>& nodes) {
  Key key;
  key.reserve(128 * nodes.size());
  // Which nodes are the same object, and which leaves (sources, scalar values) are merely equal: common subexpressions
  // merge also where they become equal only after views were pushed down, and that follows from structure and equal
  // leaves.
  std::unordered_map<const Node*, std::size_t> number;
  number.reserve(nodes.size());
  UniqueNodes sources;
  std::unordered_map<Key, std::size_t, KeyHash> scalars;
  for (const auto& n : nodes) {
    number.emplace(n.get(), number.size());
    n->add_structure(key);
    if (n->kind() == NodeKind::source) {
      sources.add(n);
      key.add(number.at(sources.first(*n).get()));
    }
    for (const auto& s : n->scalars()) key.add(scalars.emplace(Key().add(s.value), scalars.size()).first->second);
    for (const auto& e : n->inputs()) key.add(number.at(e.node.get()));
  }
  for (const auto& r : requests) {
    key.add(number.at(r.node.get())).add(r.kind).add(r.target).add(r.cost.fixed).add(r.cost.per_worker);
    key.add(r.chunks.chunk.size());
    for (const auto n : r.chunks.chunk) key.add(n);
    for (const auto n : r.chunks.skip) key.add(n);
  }
  return key;
}

}  // namespace tessera
