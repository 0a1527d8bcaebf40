#include <tessera/distributed/kept_from_counting.hpp>

#include <algorithm>
#include <unordered_set>

#include <tessera/core/graph/node.hpp>
#include <tessera/distributed/replaced.hpp>

namespace tessera {
namespace {

bool is_worth_keeping(const Node& n) {
  return n.kind() == NodeKind::sort || n.kind() == NodeKind::select || n.kind() == NodeKind::reduce;
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
  std::vector<Replacement> there;
  for (const Kept& k : kept_) there.push_back({k.made_of.lock(), k.array});
  return replaced(sinks, there);
}

void KeptFromCounting::keep(std::span<const Sink> wanted, std::span<const Result> results) {
  for (std::size_t i = 0; i < wanted.size(); i++) kept_.push_back({wanted[i].array.node(), results[i].array()});
}

void KeptFromCounting::keep(const NodePtr& made_of, const Array& array) { kept_.push_back({made_of, array}); }

}  // namespace tessera
