// From requests to stages. The optimized graph is cut where a Reduce, a Scan, a Select or a kept Map is used: what must be whole gets an
// earlier stage. Roots of one level and one traversal grid share a stage, so that what they read in common is read
// once.
#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>
#include <variant>

#include <tessera/core/errors.hpp>
#include <tessera/core/optimize/keep.hpp>
#include <tessera/core/optimize/optimize.hpp>
#include <tessera/distributed/plan/charge_memory.hpp>
#include <tessera/distributed/plan/draft.hpp>
#include <tessera/distributed/plan/streamed_gathers.hpp>
#include <tessera/distributed/plan/streams.hpp>

namespace tessera {
namespace {

// What one stage makes.
struct Group {
  int level = 0;
  std::vector<NodePtr> roots;
};

// True when one operator makes both in one walk.
bool share_a_stage(const Draft& draft, const Node& a, const Node& b) {
  const auto by_tiles = [](const Node& n) {
    switch (n.kind()) {
      case NodeKind::map:
      case NodeKind::keep:
      case NodeKind::reduce:
        return true;
      case NodeKind::source:
      case NodeKind::view:
      case NodeKind::scan:
      case NodeKind::select:
      case NodeKind::search:
      case NodeKind::contract:
      case NodeKind::call:
      case NodeKind::chunk_call:
      case NodeKind::group:
      case NodeKind::stencil:
      case NodeKind::sort:
      case NodeKind::concat:
      case NodeKind::quantity:
      case NodeKind::redistribute:
      case NodeKind::reshape:
      case NodeKind::gather:
      case NodeKind::scatter:
      case NodeKind::mask_count:
      case NodeKind::compress:
        return false;
    }
    return false;
  };
  return by_tiles(a) && by_tiles(b) && traversal_of(a) == traversal_of(b) &&
         draft.streamed_into(a) == draft.streamed_into(b);
}

// The operator that makes the roots of a stage.
Operator build(Draft& draft, std::size_t stage, const std::vector<NodePtr>& roots) {
  switch (roots[0]->kind()) {
    case NodeKind::map:
    case NodeKind::keep:
    case NodeKind::reduce:
      if (const NodePtr gather = draft.streamed_into(*roots[0])) return build_gather(draft, stage, gather, roots);
      return build_tiles(draft, stage, roots);
    case NodeKind::redistribute:
      return build_redistribution(draft, stage, *roots[0]);
    case NodeKind::reshape:
      return build_reshape(draft, stage, as_reshape(*roots[0]));
    case NodeKind::scan:
      return build_scan(draft, stage, roots[0]);
    case NodeKind::select:
      if (as_select(*roots[0]).is_by_columns()) return build_column_selection(draft, stage, roots[0]);
      return build_counted_selection(draft, stage, roots[0]);
    case NodeKind::search:
      return build_search(draft, stage, roots[0]);
    case NodeKind::group:
      return build_group(draft, stage, roots[0]);
    case NodeKind::sort:
      if (as_sort(*roots[0]).has_whole_rows()) return build_row_sort(draft, stage, roots[0]);
      return build_spread_sort(draft, stage, roots[0]);
    case NodeKind::contract:
      return build_contract(draft, stage, roots[0]);
    case NodeKind::chunk_call:
      return build_chunk_call(draft, stage, roots[0]);
    case NodeKind::gather:
      return build_gather(draft, stage, roots[0], roots);
    case NodeKind::scatter:
      return build_scatter(draft, stage, roots[0]);
    case NodeKind::mask_count:
    case NodeKind::compress:
      return build_masks(draft, stage, roots[0]);
    case NodeKind::source:
    case NodeKind::view:
    case NodeKind::concat:
    case NodeKind::quantity:
    case NodeKind::stencil:
    case NodeKind::call:
      break;
  }
  throw InternalError("no operator makes " + to_string(roots[0]));
}

// What is made whole, and the roots, in the order in which it is needed: the stage of a root comes after those of all
// that is made whole below it.
std::vector<std::pair<int, NodePtr>> leveled(const Draft& draft, const std::vector<NodePtr>& roots) {
  std::unordered_map<const Node*, int> levels;
  std::unordered_set<const Node*> listed;
  std::vector<std::pair<int, NodePtr>> made;
  for (const auto& n : topological_order(roots)) {
    int level = 0;
    for (const auto& e : n->inputs()) level = std::max(level, levels[e.node.get()] + (draft.is_whole(*e.node) ? 1 : 0));
    levels[n.get()] = level;
    if (draft.is_whole(*n) && listed.insert(n.get()).second) made.emplace_back(level, n);
  }
  for (const auto& r : roots)
    if (listed.insert(r.get()).second) made.emplace_back(levels[r.get()], r);
  std::stable_sort(made.begin(), made.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return made;
}

std::vector<Group> grouped(const Draft& draft, const std::vector<std::pair<int, NodePtr>>& made) {
  std::vector<Group> groups;
  std::size_t first = 0;  // of the level
  for (const auto& [level, n] : made) {
    if (groups.empty() || groups.back().level != level) first = groups.size();
    std::size_t g = first;
    while (g < groups.size() && !share_a_stage(draft, *groups[g].roots[0], *n)) g++;
    if (g == groups.size()) groups.push_back({level, {}});
    groups[g].roots.push_back(n);
  }
  return groups;
}

using Attempt = std::variant<Plan, Shortfall>;

Attempt plan_with(const std::vector<PlanRequest>& requests, const std::vector<NodePtr>& built, const PlanLimits& limits,
                  const Keeping& keeping, double array_bytes, bool gathers_again) {
  Draft draft(requests, limits, built);
  const std::vector<NodePtr> roots = optimize(built, keeping, array_bytes);
  draft.plan_for(roots, gathers_again);
  const auto groups = grouped(draft, leveled(draft, roots));
  Plan& plan = draft.plan();
  plan.stages.resize(groups.size());
  for (std::size_t i = 0; i < groups.size(); i++) {
    plan.stages[i].op = build(draft, i, groups[i].roots);
    plan.stages[i].name = std::visit([](const auto& op) { return name_of(op); }, plan.stages[i].op);
  }
  if (auto shortfall = charge_memory(plan)) return *shortfall;
  for (auto& s : plan.stages)
    std::visit([&](auto& op) { for_each_program(op, [&](PlanProgram& p, Space) { p.number = plan.programs++; }); },
               s.op);
  for (auto& s : plan.stages) {
    s.traffic = std::visit([&](const auto& op) { return traffic_of(plan, op); }, s.op);
    const StreamTotals replicas = replica_streams(plan, s);
    s.traffic.bytes_moved += replicas.moved().value(), s.traffic.messages += replicas.messages().value();
  }
  const StreamTotals results = result_streams(plan);
  plan.results.bytes_moved = results.moved().value(), plan.results.messages = results.messages().value();
  return draft.take();
}

bool has_any(const std::vector<NodePtr>& roots, std::initializer_list<NodeKind> kinds) {
  const auto nodes = topological_order(roots);
  return std::any_of(nodes.begin(), nodes.end(),
                     [&](const auto& n) { return std::find(kinds.begin(), kinds.end(), n->kind()) != kinds.end(); });
}

// First with everything in memory that is worth it, then with less: what has no room is computed again.
Attempt attempt(const std::vector<PlanRequest>& requests, const std::vector<NodePtr>& roots, const PlanLimits& limits) {
  const double memory = static_cast<double>(std::max<std::int64_t>(0, limits.memory)) * limits.ranks;
  std::optional<Shortfall> least;
  std::size_t wanted = 0, tried = 0;
  // Which of these are whole depends on the room, too.
  const bool others = has_any(roots, {NodeKind::redistribute, NodeKind::reshape, NodeKind::chunk_call});
  bool gathers = has_any(roots, {NodeKind::gather});
  for (const double array_bytes : {HUGE_VAL, memory / 8, 0.0}) {
    const Keeping keeping = kept_nodes(roots, {array_bytes, least ? std::size_t{8} : std::size_t{64}});
    const bool again = least && gathers;  // what is gathered for several stages, each gathers for itself
    if (!least)
      wanted = keeping.nodes.size();
    else if (!again && (!keeping.bounded || (keeping.nodes.size() == tried && !others)))
      continue;
    tried = keeping.nodes.size();
    Attempt made = plan_with(requests, roots, limits, keeping, array_bytes, least.has_value());
    if (auto* plan = std::get_if<Plan>(&made)) {
      plan->not_kept = static_cast<int>(wanted - std::min(wanted, tried));
      return made;
    }
    if (again) gathers = false;
    const auto& shortfall = std::get<Shortfall>(made);
    if (!least || shortfall.needed < least->needed) least = shortfall;
  }
  return *least;
}

}  // namespace

Plan make_plan(const std::vector<PlanRequest>& requests, const PlanLimits& limits) {
  std::vector<NodePtr> roots;
  for (const auto& r : requests) roots.push_back(r.node);
  Attempt first = attempt(requests, roots, limits);
  if (auto* plan = std::get_if<Plan>(&first)) return std::move(*plan);
  if (std::get<Shortfall>(first).space == Space::device) {  // what is larger than a device goes through it
    PlanLimits through = limits;
    through.arrays_on_host = true;
    Attempt other = attempt(requests, roots, through);
    if (auto* plan = std::get_if<Plan>(&other)) return std::move(*plan);
  }
  // Another budget may keep more and take larger messages: asks again until what it asks for is enough.
  const Shortfall missing = std::get<Shortfall>(first);
  PlanLimits more = limits;
  const auto grow = [&](const Shortfall& s) {
    (s.space == Space::device ? more.device_memory : more.memory) = s.needed;
  };
  grow(missing);
  for (;;) {
    const Attempt next = attempt(requests, roots, more);
    const auto* still = std::get_if<Shortfall>(&next);
    if (!still) break;
    grow(*still);
  }
  if (missing.space == Space::device) {
    const auto mib = std::to_string(ceil_div(more.device_memory, 1 << 20));
    throw MemoryBudgetError("stage '" + missing.stage + "' needs at least " + mib +
                            " MiB of the device per rank; there are " + std::to_string(limits.device_memory >> 20) +
                            " MiB: use option 'device_memory' " + mib + "M or more");
  }
  // The process itself takes some pages more or less in its next run.
  const std::int64_t grace = limits.baseline > 0 ? 1 << 20 : 0;
  const auto mib = std::to_string(ceil_div((Amount(more.memory) + limits.baseline + grace).value(), 1 << 20));
  throw MemoryBudgetError("stage '" + missing.stage + "' needs at least " + mib + " MiB per rank; the budget is " +
                          std::to_string((limits.memory + limits.baseline) >> 20) + " MiB: use option 'memory' " + mib +
                          "M or more");
}

}  // namespace tessera
