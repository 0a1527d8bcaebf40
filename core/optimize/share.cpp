// Common subexpressions: nodes that make the same elements (of structure, scalars and sources that are equal) become
// one.
#include <tessera/core/optimize/optimize.hpp>

#include <unordered_map>

#include <tessera/core/graph/unique_nodes.hpp>

namespace tessera {

std::vector<NodePtr> share(const std::vector<NodePtr>& roots) {
  UniqueNodes unique;
  std::unordered_map<const Node*, NodePtr> replacement;
  for (const auto& n : topological_order(roots)) {
    bool changed = false;
    std::vector<Edge> inputs = n->inputs();
    for (auto& e : inputs) {
      const NodePtr& r = replacement.at(e.node.get());
      changed = changed || r != e.node;
      e.node = r;
    }
    const NodePtr over_shared = changed ? n->with_inputs(std::move(inputs)) : n;
    unique.add(over_shared);
    replacement[n.get()] = unique.first(*over_shared);
  }
  std::vector<NodePtr> out;
  for (const auto& root : roots) out.push_back(replacement.at(root.get()));
  return out;
}

std::vector<NodePtr> optimize(const std::vector<NodePtr>& roots, const KeptNodes& kept, double array_bytes) {
  const std::vector<NodePtr> fused = fuse(share(push_views(roots, kept)));
  const std::vector<NodePtr> placed = place_redistributions(fused, array_bytes);
  // A Redistribute that became a Map is asked for what is seen of it only now.
  return placed == fused ? placed : fuse(share(push_views(placed)));
}

}  // namespace tessera
