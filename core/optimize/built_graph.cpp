#include <tessera/core/optimize/built_graph.hpp>

namespace tessera {

BuiltGraph::BuiltGraph(const std::vector<NodePtr>& roots) {
  std::int32_t number = 0;
  for (auto& n : topological_order(roots)) {
    if (first_.emplace(n->identity(), nodes_.size()).second) {
      nodes_.push_back(n);
      numbers_.push_back(number);
    }
    number++;
  }
}

}  // namespace tessera
