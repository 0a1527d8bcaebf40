#pragma once
// A pass that replaces nodes one by one, inputs before their consumers.
#include <algorithm>
#include <unordered_map>
#include <vector>

#include <tessera/core/graph/node.hpp>

namespace tessera {

/// The node over these inputs; itself where they are its own.
inline NodePtr over(const NodePtr& n, std::vector<Edge> inputs) {
  const bool same = std::equal(inputs.begin(), inputs.end(), n->inputs().begin(),
                               [](const Edge& a, const Edge& b) { return a.node == b.node; });
  return same ? n : n->with_inputs(std::move(inputs));
}

/// What becomes of the roots. order: their topological order. replace(node, inputs): what becomes of a node, whose inputs
/// have become these.
template <class Replace>
std::vector<NodePtr> rewritten(const std::vector<NodePtr>& order, const std::vector<NodePtr>& roots,
                               Replace&& replace) {
  std::unordered_map<const Node*, NodePtr> made;
  for (const auto& n : order) {
    std::vector<Edge> inputs = n->inputs();
    for (auto& e : inputs) e.node = made.at(e.node.get());
    made[n.get()] = replace(n, std::move(inputs));
  }
  std::vector<NodePtr> out;
  for (const auto& r : roots) out.push_back(made.at(r.get()));
  return out;
}

}  // namespace tessera
