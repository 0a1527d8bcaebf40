#include <tessera/distributed/spill.hpp>

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include <tessera/core/byte_sizes.hpp>
#include <tessera/core/graph/source_node.hpp>
#include <tessera/core/ops/search_by_sorting.hpp>
#include <tessera/core/sizes.hpp>
#include <tessera/distributed/replaced.hpp>
#include <tessera/distributed/requests.hpp>

namespace tessera {
namespace {

// Of each is tried whether it helps, which takes a plan or two.
constexpr std::size_t most_tried = 32;
constexpr std::size_t most_by_size = 4;            // searches that are tried one more at a time; then all
constexpr std::int64_t worth_spilling = 64 << 10;  // bytes: less is never what has no room

Amount stored_bytes_of(const Node& n) { return Amount(num_elements(n.shape())) * item_size(n.dtype()); }

Spill spill_of(const NodePtr& node) {
  auto file = std::make_shared<io::ScratchArray>(node->shape(), node->dtype(),
                                                 fmt::format("spilled {:016x}", node->identity()));
  const Array array(std::make_shared<SourceNode>(node->dtype(), node->shape(), file->info().grid,
                                                 std::shared_ptr<const Store>(file)));
  return {node, std::move(file), array};
}

// Those that are made whole below the sinks, inputs first.
std::vector<NodePtr> candidates(std::span<const Sink> sinks) {
  std::vector<NodePtr> roots;
  std::unordered_set<const Node*> wanted;
  for (const Sink& s : sinks) roots.push_back(s.array.node()), wanted.insert(s.array.node().get());
  std::vector<NodePtr> found;
  for (const NodePtr& n : topological_order(roots))
    if (n->is_made_whole() && !wanted.count(n.get()) && !(stored_bytes_of(*n) < worth_spilling)) found.push_back(n);
  if (found.size() <= most_tried) return found;
  std::vector<Amount> sizes;
  for (const NodePtr& n : found) sizes.push_back(stored_bytes_of(*n));
  std::nth_element(sizes.begin(), sizes.begin() + most_tried - 1, sizes.end(), std::greater<>());
  const Amount least = sizes[most_tried - 1];
  std::erase_if(found, [&](const NodePtr& n) { return stored_bytes_of(*n) < least; });
  return found;
}

// What scratch files of the plan may take beside these, of each rank.
PlanLimits beside(PlanLimits limits, std::span<const Spill> spills) {
  Amount bytes;
  for (const Spill& s : spills) bytes += s.file->info().stored_bytes;
  limits.scratch = std::max<std::int64_t>(0, limits.scratch - ceil_div(bytes.value(), limits.ranks));
  return limits;
}

bool fits(std::span<const Sink> sinks, const PlanLimits& limits) {
  try {
    make_plan(requests_of(sinks).requests, limits);
    return true;
  } catch (const MemoryBudgetError&) {
    return false;
  }
}

bool fits_beside(std::span<const Sink> sinks, std::span<const Spill> spills, const PlanLimits& limits) {
  const PlanLimits left = beside(limits, spills);
  return left.scratch > 0 && fits(sinks, left);
}

// All but the first `known` of them, and the sinks over them.
bool fit(std::span<const Sink> sinks, std::span<const Spill> spills, std::size_t known, const PlanLimits& limits) {
  for (std::size_t i = known; i < spills.size(); i++)
    if (!fits_beside(filling_sink(spills.first(i), spills[i]), spills.first(i + 1), limits)) return false;
  return fits_beside(over(sinks, spills), spills, limits);
}

// Empty when nothing helps.
std::vector<Spill> spills_for(std::span<const Sink> sinks, const PlanLimits& limits) {
  std::vector<Spill> spills;
  bool enough = false;
  for (const NodePtr& node : candidates(sinks)) {
    std::vector<Spill> more = spills;
    more.push_back(spill_of(node));
    if (!fits_beside(filling_sink(spills, more.back()), more, limits)) continue;
    spills = std::move(more);
    if ((enough = fits_beside(over(sinks, spills), spills, limits))) break;
  }
  if (!enough) return {};
  // Those that were tried first may not be needed beside the later ones.
  for (std::size_t i = 0; i + 1 < spills.size();) {
    std::vector<Spill> fewer = spills;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    if (fit(sinks, fewer, i, limits))
      spills = std::move(fewer);
    else
      i++;
  }
  return spills;
}

// Below the sinks, those of the largest sorted arrays first.
std::vector<NodePtr> searches_below(std::span<const Sink> sinks) {
  std::vector<NodePtr> roots, found;
  for (const Sink& s : sinks) roots.push_back(s.array.node());
  const auto bytes = [](const NodePtr& n) { return stored_bytes_of(*as_search(*n).sorted().node); };
  for (const NodePtr& n : topological_order(roots))
    if (n->kind() == NodeKind::search && !(bytes(n) < worth_spilling)) found.push_back(n);
  std::stable_sort(found.begin(), found.end(), [&](const NodePtr& a, const NodePtr& b) { return bytes(b) < bytes(a); });
  return found;
}

std::vector<Sink> by_sorting(std::span<const Sink> sinks, std::span<const NodePtr> searches) {
  std::vector<Replacement> there;
  for (const NodePtr& n : searches) there.push_back({n, search_by_sorting(as_search(*n))});
  return replaced(sinks, there);
}

}  // namespace

std::vector<Sink> over(std::span<const Sink> sinks, std::span<const Spill> spills) {
  std::vector<Replacement> there;
  for (const Spill& s : spills) there.push_back({s.node, s.array});
  return replaced(sinks, there);
}

std::vector<Sink> filling_sink(std::span<const Spill> before, const Spill& spill) {
  const Sink sink = write(Array(spill.node), "scratch.raw", {.contiguous = true});
  return over({&sink, 1}, before);
}

std::optional<WithinBudget> within_budget(std::span<const Sink> sinks, const PlanLimits& limits, bool may_spill) {
  if (fits(sinks, limits)) return {};  // what failed was something else
  WithinBudget way{{sinks.begin(), sinks.end()}, {}};
  if (may_spill && !(way.spills = spills_for(way.sinks, limits)).empty()) return way;
  const std::vector<NodePtr> searches = searches_below(sinks);
  for (std::size_t n = 1; n <= searches.size();
       n = n < most_by_size || n == searches.size() ? n + 1 : searches.size()) {
    way.sinks = by_sorting(sinks, std::span(searches).first(n));
    if (fits(way.sinks, limits)) return way;
    if (may_spill && !(way.spills = spills_for(way.sinks, limits)).empty()) return way;
  }
  return {};
}

std::string explain(const WithinBudget& way, const PlanLimits& limits) {
  const std::span<const Spill> spills = way.spills;
  std::string text;
  for (std::size_t i = 0; i < spills.size(); i++) {
    const StoreInfo& info = spills[i].file->info();
    text += fmt::format("first, {} {} of {}, which has no room in memory, goes to a scratch file:\n{}",
                        to_string(info.dtype), to_string(info.shape), format_size(info.stored_bytes),
                        to_string(make_plan(requests_of(filling_sink(spills.first(i), spills[i])).requests,
                                            beside(limits, spills.first(i + 1)))));
  }
  if (!spills.empty()) text += "then\n";
  return text + to_string(make_plan(requests_of(over(way.sinks, spills)).requests, beside(limits, spills)));
}

}  // namespace tessera
