// Common subexpressions: nodes that make the same elements (of structure, scalars and sources that are equal) become
// one.
#include <tessera/core/optimize/optimize.hpp>

#include <tessera/core/graph/unique_nodes.hpp>
#include <tessera/core/optimize/rewrite.hpp>

namespace tessera {

std::vector<NodePtr> share(const std::vector<NodePtr>& roots) {
  UniqueNodes unique;
  return rewritten(topological_order(roots), roots, [&](const NodePtr& n, std::vector<Edge> inputs) {
    const NodePtr over_shared = over(n, std::move(inputs));
    unique.add(over_shared);
    return unique.first(*over_shared);
  });
}

std::vector<NodePtr> optimize(const std::vector<NodePtr>& roots, const Keeping& keeping, double array_bytes) {
  const std::vector<NodePtr> fused = fuse(share(push_views(roots, keeping)));
  const std::vector<NodePtr> placed = place_redistributions(fused, array_bytes);
  // A Redistribute that became a Map is asked for what is seen of it only now. What is kept is kept.
  return calls_in_tiles(
      placed == fused ? placed : fuse(share(push_views(placed, kept_nodes(placed, {.array_bytes = 0})))), array_bytes);
}

}  // namespace tessera
