#include <tessera/core/graph/unique_nodes.hpp>

#include <algorithm>

namespace tessera {

bool UniqueNodes::add(const NodePtr& n) {
  const auto [begin, end] = by_identity_.equal_range(n->identity());
  for (auto known = begin; known != end; ++known)
    if (are_equal(*known->second, *n)) {
      if (first_.emplace(n.get(), known->second).second) others_.push_back(n);
      return false;
    }
  by_identity_.emplace(n->identity(), n);
  first_.emplace(n.get(), n);
  return true;
}

bool UniqueNodes::are_equal(const Node& a, const Node& b) const {
  return std::equal(a.inputs().begin(), a.inputs().end(), b.inputs().begin(), b.inputs().end(),
                    [&](const Edge& x, const Edge& y) { return first(*x.node) == first(*y.node); }) &&
         a.is_same_of_its_inputs(b);
}

}  // namespace tessera
