#include <tessera/distributed/plan/streamed_gathers.hpp>

#include <algorithm>
#include <unordered_map>

#include <tessera/core/sizes.hpp>

namespace tessera {
namespace {

struct Candidate {
  const Node* gather = nullptr;
  std::vector<const Node*> users{};  // one after another in the order of the graph
  bool everywhere = true;            // every user is a walk that takes its elements as they are
};

bool walks_tiles(const Node& n) { return n.kind() == NodeKind::map || n.kind() == NodeKind::reduce; }

bool takes_as_it_is(const Node& user, const Edge& e) {
  return walks_tiles(user) && traversal_of(user).shape() == e.node->shape() &&
         e.map == IndexTransform::identity(e.node->shape());
}

Amount bytes_of(const Node& n) { return Amount(num_elements(n.shape())) * item_size(n.dtype()); }

// In the order of the graph, the same on all ranks.
std::vector<Candidate> candidates(const std::vector<NodePtr>& nodes, const std::vector<NodePtr>& roots) {
  std::unordered_set<const Node*> walks, wanted, within;  // within: made in the tiles of what they are used by
  for (const auto& n : nodes) {
    if (n->is_made_whole()) walks.insert(&computed_by(*n));
    for (const auto& e : n->inputs())
      if (n->kind() != NodeKind::keep && !e.node->is_made_whole()) within.insert(e.node.get());
  }
  for (const auto& r : roots) walks.insert(r.get()), wanted.insert(r.get());
  std::vector<Candidate> list;
  std::unordered_map<const Node*, std::size_t> number;
  for (const auto& n : nodes) {
    if (n->kind() == NodeKind::gather) {
      number.emplace(n.get(), list.size());
      list.push_back({n.get()});
      list.back().everywhere = !wanted.count(n.get());
    }
    for (const auto& e : n->inputs()) {
      if (e.node->kind() != NodeKind::gather) continue;
      Candidate& c = list[number.at(e.node.get())];
      c.everywhere = c.everywhere && walks.count(n.get()) && !within.count(n.get()) && takes_as_it_is(*n, e);
      if (c.users.empty() || c.users.back() != n.get()) c.users.push_back(n.get());
    }
  }
  return list;
}

}  // namespace

const Node& computed_by(const Node& n) { return n.kind() == NodeKind::keep ? as_keep(n).map() : n; }

const ChunkGrid& traversal_of(const Node& n) { return n.kind() == NodeKind::reduce ? as_reduce(n).domain() : n.grid(); }

std::unordered_set<const Node*> streamed_gathers(const std::vector<NodePtr>& roots, bool again) {
  std::vector<Candidate> list = candidates(topological_order(roots), roots);
  std::stable_sort(list.begin(), list.end(),
                   [](const auto& a, const auto& b) { return bytes_of(*a.gather) > bytes_of(*b.gather); });
  std::unordered_set<const Node*> streamed, taken;
  for (const auto& c : list) {
    if (!c.everywhere || c.users.empty()) continue;
    const ChunkGrid& first = traversal_of(*c.users[0]);
    const bool one_walk =
        std::all_of(c.users.begin(), c.users.end(), [&](const Node* user) { return traversal_of(*user) == first; });
    const bool free =
        std::none_of(c.users.begin(), c.users.end(), [&](const Node* user) { return taken.count(user) > 0; });
    if (!free || !(one_walk || again)) continue;
    streamed.insert(c.gather);
    taken.insert(c.users.begin(), c.users.end());
  }
  return streamed;
}

}  // namespace tessera
