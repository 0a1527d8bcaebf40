// A ChunkCall whose result has the domain's chunks needs no stage of its own where the one stage that uses it walks the
// same chunks, and sees them as they are, through Maps and Calls: its tiles are whole chunks then, and what the call makes is a
// value of theirs. So the mean of what a function makes of chunks holds a chunk at a time. Where the result has no room in
// memory, every stage that sees it so makes it for itself: y - mean(y) calls the function twice for a chunk.
#include <tessera/core/optimize/optimize.hpp>

#include <algorithm>
#include <set>
#include <unordered_map>

#include <tessera/core/optimize/rewrite.hpp>

namespace tessera {
namespace {

/// What a stage walks that makes tiles of any extent; null for others.
const ChunkGrid* walked_by(const Node& n) {
  if (n.kind() == NodeKind::map || n.kind() == NodeKind::keep) return &n.grid();
  if (n.kind() == NodeKind::reduce) return &as_reduce(n).domain();
  if (n.kind() != NodeKind::chunk_call) return nullptr;
  const ChunkCall& call = as_chunk_call(n).call();
  return call.before.empty() ? &call.domain : nullptr;  // else its calls see what other chunks are made of, too
}

class Finder {
 public:
  Finder(const std::vector<NodePtr>& order, const std::vector<NodePtr>& roots, double array_bytes)
      : array_bytes_(array_bytes) {
    for (const auto& r : roots) refused_.insert(r.get());
    for (const auto& n : order) {
      int& level = levels_[n.get()];
      for (const auto& e : n->inputs()) {
        const bool before = e.node->is_made_whole() && e.node->kind() != NodeKind::chunk_call;
        level = std::max(level, levels_.at(e.node.get()) + (before ? 1 : 0));
      }
    }
  }

  /// Notes the calls that the stage of `top` uses.
  void look_below(const Node& top) {
    const ChunkGrid* grid = walked_by(top);
    std::set<std::pair<const Node*, bool>> seen;
    std::vector<std::pair<const Node*, bool>> work{{&top, grid != nullptr}};
    while (!work.empty()) {
      const auto [node, as_it_is] = work.back();
      work.pop_back();
      for (const auto& e : node->inputs()) {
        const Node& in = *e.node;
        const bool whole = as_it_is && e.map.is_identity(in.shape());
        if (in.kind() == NodeKind::chunk_call)
          note(in, top, whole && as_chunk_call(in).call().keeps_chunks() && in.grid() == *grid);
        else if (!in.is_made_whole() && seen.emplace(&in, whole && is_elementwise(in)).second)
          work.emplace_back(&in, whole && is_elementwise(in));
      }
    }
  }

  bool is_value(const Node& call) const { return users_.count(&call) > 0 && refused_.count(&call) == 0; }

 private:
  void note(const Node& call, const Node& user, bool may) {
    const Node& known = *users_.emplace(&call, &user).first->second;
    if (!may || (has_room(call) && !are_one_stage(known, user))) refused_.insert(&call);
  }

  bool has_room(const Node& call) const {
    return static_cast<double>(num_elements(call.shape())) * static_cast<double>(item_size(call.dtype())) <=
           array_bytes_;
  }

  // As the planner groups what it makes; were it wrong, the function would be called twice for a chunk.
  bool are_one_stage(const Node& a, const Node& b) const {
    if (&a == &b) return true;
    const bool by_tiles = a.kind() != NodeKind::chunk_call && b.kind() != NodeKind::chunk_call;
    return by_tiles && walked_by(a) && walked_by(b) && *walked_by(a) == *walked_by(b) &&
           levels_.at(&a) == levels_.at(&b);
  }

  const double array_bytes_;
  std::unordered_map<const Node*, int> levels_;         // how many stages come before, without those of calls
  std::unordered_map<const Node*, const Node*> users_;  // one stage that uses it, by what that makes
  std::set<const Node*> refused_;
};

}  // namespace

std::vector<NodePtr> calls_in_tiles(const std::vector<NodePtr>& roots, double array_bytes) {
  const std::vector<NodePtr> order = topological_order(roots);
  if (std::none_of(order.begin(), order.end(), [](const NodePtr& n) { return n->kind() == NodeKind::chunk_call; }))
    return roots;
  Finder finder(order, roots, array_bytes);
  std::set<const Node*> tops;
  for (const auto& n : order)
    if (n->is_made_whole()) tops.insert(n.get());
  for (const auto& r : roots) tops.insert(r.get());
  for (const Node* top : tops) finder.look_below(*top);
  return rewritten(order, roots, [&](const NodePtr& n, std::vector<Edge> inputs) -> NodePtr {
    if (!finder.is_value(*n)) return over(n, std::move(inputs));
    return std::make_shared<ChunkCallNode>(std::move(inputs), as_chunk_call(*n).call(), true);
  });
}

}  // namespace tessera
