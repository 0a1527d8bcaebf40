#include <tessera/distributed/replaced.hpp>

#include <tessera/core/graph/unique_nodes.hpp>
#include <tessera/core/optimize/rewrite.hpp>

namespace tessera {
namespace {

void add_all(UniqueNodes& unique, const std::vector<NodePtr>& order) {
  for (const auto& n : order) unique.add(n);
}

}  // namespace

std::vector<Sink> replaced(std::span<const Sink> sinks, std::span<const Replacement> there) {
  UniqueNodes unique;
  for (const Replacement& r : there) add_all(unique, topological_order({r.made_of}));
  std::vector<NodePtr> roots;
  for (const Sink& s : sinks) roots.push_back(s.array.node());
  const std::vector<NodePtr> order = topological_order(roots);
  add_all(unique, order);
  const std::vector<NodePtr> nodes =
      rewritten(order, roots, [&](const NodePtr& n, std::vector<Edge> inputs) -> NodePtr {
        for (const Replacement& r : there)
          if (unique.first(*n) == unique.first(*r.made_of)) return r.array.node();
        return over(n, std::move(inputs));
      });
  std::vector<Sink> result(sinks.begin(), sinks.end());
  for (std::size_t i = 0; i < result.size(); i++) result[i].array = Array(nodes[i]);
  return result;
}

}  // namespace tessera
