#include <tessera/core/optimize/built_graph.hpp>

namespace tessera {

BuiltGraph::BuiltGraph(const std::vector<NodePtr>& roots) {
  std::int32_t number = 0;
  for (auto& n : topological_order(roots)) {
    if (unique_.add(n)) {
      numbers_.emplace(n.get(), number);
      nodes_.push_back(n);
    }
    number++;
  }
}

}  // namespace tessera
