#include <tessera/core/graph/node.hpp>

#include <unordered_map>
#include <unordered_set>

namespace tessera {

void throw_other_kind(NodeKind is, NodeKind wanted) {
  throw InternalError(std::string("a ") + name(is) + " where a " + name(wanted) + " was expected");
}

std::vector<NodePtr> topological_order(const std::vector<NodePtr>& roots) {
  std::vector<NodePtr> order;
  std::unordered_set<const Node*> seen;
  std::vector<std::pair<NodePtr, std::size_t>> stack;  // a node, and the next of its inputs to visit
  for (const auto& root : roots) {
    if (!seen.insert(root.get()).second) continue;
    stack.emplace_back(root, 0);
    while (!stack.empty()) {
      auto& [node, next] = stack.back();
      if (next < node->inputs().size()) {
        NodePtr input = node->inputs()[next++].node;
        if (seen.insert(input.get()).second) stack.emplace_back(std::move(input), 0);
      } else {
        order.push_back(std::move(node));
        stack.pop_back();
      }
    }
  }
  return order;
}

std::string to_string(const NodePtr& root) {
  std::string s;
  std::unordered_map<const Node*, std::size_t> number;
  for (const auto& n : topological_order({root})) {
    const std::size_t k = number.size();
    number[n.get()] = k;
    s += "n" + std::to_string(k) + " = " + name(n->kind()) + " " + to_string(n->dtype()) + " " + to_string(n->shape());
    for (const auto& e : n->inputs()) s += " n" + std::to_string(number[e.node.get()]) + to_string(e.map);
    s += "\n";
  }
  return s;
}

}  // namespace tessera
