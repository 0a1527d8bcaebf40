#include <tessera/distributed/kept_from_counting.hpp>

#include <algorithm>
#include <unordered_set>

#include <tessera/core/graph/unique_nodes.hpp>
#include <tessera/core/optimize/rewrite.hpp>

namespace tessera {
namespace {

bool is_worth_keeping(const Node& n) {
  return n.kind() == NodeKind::sort || n.kind() == NodeKind::select || n.kind() == NodeKind::reduce;
}

void add_all(UniqueNodes& unique, const std::vector<NodePtr>& order) {
  for (const auto& n : order) unique.add(n);
}

}  // namespace

bool KeptFromCounting::counts(std::span<const Sink> sinks) {
  return std::any_of(sinks.begin(), sinks.end(),
                     [](const Sink& s) { return s.array.node()->kind() == NodeKind::mask_count; });
}

std::vector<Sink> KeptFromCounting::wanted_of(std::span<const Sink> sinks) {
  std::vector<Sink> wanted;
  std::vector<NodePtr> work;
  for (const Sink& s : sinks)
    if (s.array.node()->kind() == NodeKind::mask_count) work.push_back(s.array.node());
  std::unordered_set<const Node*> seen;
  while (!work.empty()) {
    const NodePtr node = work.back();
    work.pop_back();
    for (const Edge& e : node->inputs()) {
      if (!seen.insert(e.node.get()).second) continue;
      if (is_worth_keeping(*e.node))
        wanted.push_back(persist(Array(e.node)));
      else if (!e.node->is_made_whole())
        work.push_back(e.node);
    }
  }
  return wanted;
}

bool KeptFromCounting::is_forgotten() const {
  return std::any_of(kept_.begin(), kept_.end(), [](const Kept& k) { return k.made_of.expired(); });
}

std::vector<Sink> KeptFromCounting::in_place(std::span<const Sink> sinks) const {
  UniqueNodes unique;
  std::vector<NodePtr> made_of;
  for (const Kept& k : kept_) {
    made_of.push_back(k.made_of.lock());
    add_all(unique, topological_order({made_of.back()}));
  }
  std::vector<NodePtr> roots;
  for (const Sink& s : sinks) roots.push_back(s.array.node());
  const std::vector<NodePtr> order = topological_order(roots);
  add_all(unique, order);
  const std::vector<NodePtr> replaced =
      rewritten(order, roots, [&](const NodePtr& n, std::vector<Edge> inputs) -> NodePtr {
        for (std::size_t k = 0; k < kept_.size(); k++)
          if (unique.first(*n) == unique.first(*made_of[k])) return kept_[k].array.node();
        return over(n, std::move(inputs));
      });
  std::vector<Sink> result(sinks.begin(), sinks.end());
  for (std::size_t i = 0; i < result.size(); i++) result[i].array = Array(replaced[i]);
  return result;
}

void KeptFromCounting::keep(std::span<const Sink> wanted, std::span<const Result> results) {
  for (std::size_t i = 0; i < wanted.size(); i++) kept_.push_back({wanted[i].array.node(), results[i].array()});
}

}  // namespace tessera
