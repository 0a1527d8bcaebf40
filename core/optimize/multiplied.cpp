#include <tessera/core/optimize/multiplied.hpp>

#include <algorithm>
#include <unordered_map>

namespace tessera {
namespace {

// Results of stages that are no larger are copied to every rank.
constexpr std::int64_t on_every_rank_bytes = 64 << 10;

bool is_small(const Node& n) { return Amount(num_elements(n.shape())) * item_size(n.dtype()) <= on_every_rank_bytes; }

bool is_resident(const Node& n) { return n.kind() == NodeKind::source && as_source(n).resident(); }

// True when all elements are seen once, but for a constant index, in any order of axes.
bool is_permutation(const IndexTransform& map) {
  return !map.repeats() && std::all_of(map.axes().begin(), map.axes().end(), [&](const auto& a) {
    return a.from < 0 || (a.stride == 1 && std::count_if(map.axes().begin(), map.axes().end(),
                                                         [&](const auto& o) { return o.from == a.from; }) == 1);
  });
}

// What `top` is made of, down to what is in memory: inputs before what uses them.
std::vector<NodePtr> made_of(const NodePtr& top) {
  std::vector<NodePtr> order;
  std::unordered_map<const Node*, bool> done;
  std::vector<NodePtr> work{top};
  while (!work.empty()) {
    const NodePtr n = work.back();
    const auto [at, is_new] = done.emplace(n.get(), false);
    if (!is_new) {
      work.pop_back();
      if (!at->second) order.push_back(n);
      at->second = true;
    } else if (!lies_in_memory(*n)) {
      for (const auto& e : n->inputs())
        if (!done.count(e.node.get())) work.push_back(e.node);
    }
  }
  return order;
}

// Small arrays that the program has in memory, where only their owners have them, become results of stages.
NodePtr with_small_copied(const std::vector<NodePtr>& order) {
  std::unordered_map<const Node*, NodePtr> replaced;
  for (const auto& n : order) {
    if (is_resident(*n)) {
      Edge whole{n, IndexTransform::identity(n->shape())};
      replaced[n.get()] =
          std::make_shared<KeepNode>(copy_of(std::move(whole), n->shape(), n->grid()), Kept{.multiplied = true});
      continue;
    }
    if (lies_in_memory(*n)) continue;
    std::vector<Edge> inputs = n->inputs();
    bool changed = false;
    for (auto& e : inputs)
      if (const auto r = replaced.find(e.node.get()); r != replaced.end()) e.node = r->second, changed = true;
    if (changed) replaced[n.get()] = n->with_inputs(std::move(inputs));
  }
  const auto top = replaced.find(order.back().get());
  return top == replaced.end() ? order.back() : top->second;
}

}  // namespace

bool lies_in_memory(const Node& n) { return n.is_made_whole() || is_resident(n); }

Edge multiplied(Edge e) {
  if (lies_in_memory(*e.node)) {
    if (is_permutation(e.map)) return e;
  } else {
    const std::vector<NodePtr> order = made_of(e.node);
    const auto fits = [](const NodePtr& n) { return !lies_in_memory(*n) || is_small(*n); };
    if (std::all_of(order.begin(), order.end(), fits)) return {with_small_copied(order), std::move(e.map)};
  }
  constexpr Kept reason{.multiplied = true};
  if (e.node->kind() == NodeKind::map && is_permutation(e.map))
    return {std::make_shared<KeepNode>(std::static_pointer_cast<const MapNode>(e.node), reason), std::move(e.map)};
  const Shape shape = e.map.output();
  ChunkGrid grid = e.map.map_grid(e.node->grid());
  auto copy = copy_of(std::move(e), shape, std::move(grid));
  return {std::make_shared<KeepNode>(std::move(copy), reason), IndexTransform::identity(shape)};
}

}  // namespace tessera
