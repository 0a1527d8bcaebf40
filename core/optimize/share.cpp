// Common subexpressions: nodes whose identity (structure, scalars, sources) is equal become one node.
#include <tessera/core/optimize/optimize.hpp>

#include <unordered_map>

namespace tessera {

std::vector<NodePtr> share(const std::vector<NodePtr>& roots) {
  std::unordered_map<std::uint64_t, NodePtr> by_identity;
  std::unordered_map<const Node*, NodePtr> replacement;
  for (const auto& n : topological_order(roots)) {
    if (const auto known = by_identity.find(n->identity()); known != by_identity.end()) {
      replacement[n.get()] = known->second;
      continue;
    }
    bool changed = false;
    std::vector<Edge> inputs = n->inputs();
    for (auto& e : inputs) {
      const NodePtr& r = replacement.at(e.node.get());
      changed = changed || r != e.node;
      e.node = r;
    }
    NodePtr kept = n;
    if (changed && n->kind() == NodeKind::map) {
      const auto& m = as_map(*n);
      kept = std::make_shared<MapNode>(m.program(), m.scalars(), m.shape(), m.grid(), std::move(inputs), m.kept());
    } else if (changed && n->kind() == NodeKind::reduce) {
      const auto& m = as_reduce(*n);
      kept = std::make_shared<ReduceNode>(m.program(), m.scalars(), std::move(inputs), m.domain(), m.reduced(),
                                          m.fold(), m.epilogue());
    } else if (changed && n->kind() == NodeKind::concat) {
      const auto& m = as_concat(*n);
      kept = std::make_shared<ConcatNode>(m.dtype(), m.grid(), m.axis(), m.starts(), std::move(inputs));
    }
    by_identity[n->identity()] = kept;
    replacement[n.get()] = std::move(kept);
  }
  std::vector<NodePtr> out;
  for (const auto& root : roots) out.push_back(replacement.at(root.get()));
  return out;
}

std::vector<NodePtr> optimize(const std::vector<NodePtr>& roots, const KeptNodes& kept) {
  return fuse(share(push_views(roots, kept)));
}

}  // namespace tessera
