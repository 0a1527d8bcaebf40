// From requests to stages. The optimized graph is cut where a Reduce or a kept Map is used: what must be whole gets an
// earlier stage. Roots of one level and one traversal grid share a stage, so that what they read in common is read
// once.
#include <tessera/distributed/plan/plan.hpp>

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>
#include <variant>

#include <tessera/core/errors.hpp>
#include <tessera/core/optimize/keep.hpp>
#include <tessera/core/optimize/optimize.hpp>
#include <tessera/distributed/plan/charge_memory.hpp>
#include <tessera/distributed/plan/owners.hpp>
#include <tessera/distributed/plan/share_folds.hpp>
#include <tessera/distributed/plan/tile_values.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

const ChunkGrid& traversal(const Node& n) { return n.kind() == NodeKind::reduce ? as_reduce(n).domain() : n.grid(); }

class Planner {
 public:
  Planner(const std::vector<PlanRequest>& requests, const PlanLimits& limits) : requests_(requests) {
    plan_.limits = limits;
  }

  /// returns: what is missing when the plan does not fit.
  std::optional<Shortfall> run(const std::vector<NodePtr>& roots, const KeptNodes& kept) {
    for (const auto& r : requests_) plan_.sinks.push_back({r.kind, r.target, r.node->dtype(), r.node->shape(), r.cost});
    for (const auto& n : topological_order(roots))
      numbers_.emplace(n.get(), static_cast<std::int32_t>(numbers_.size()));
    roots_ = optimize(roots, kept);
    for (std::size_t i = 0; i < roots_.size(); i++) sinks_of_[roots_[i].get()].push_back(static_cast<int>(i));
    level_nodes();
    group_stages();
    for (std::size_t i = 0; i < plan_.stages.size(); i++) build_stage(i);
    if (auto shortfall = charge_memory(plan_)) return shortfall;
    for (auto& s : plan_.stages) {
      count_traffic(plan_, s);
      for (auto& o : s.outputs) o.node = nullptr;  // a cached plan keeps no graph alive
    }
    return std::nullopt;
  }
  Plan take_plan() { return std::move(plan_); }

 private:
  // The stage of a root comes after those of all that is made whole below it.
  void level_nodes() {
    std::unordered_set<const Node*> listed;
    for (const auto& n : topological_order(roots_)) {
      int level = 0;
      for (const auto& e : n->inputs()) {
        level = std::max(level, level_[e.node.get()] + (is_made_whole(*e.node) ? 1 : 0));
        used_.insert(e.node.get());
      }
      level_[n.get()] = level;
      if (is_made_whole(*n) && listed.insert(n.get()).second) made_.push_back(n);
    }
    for (const auto& r : roots_)
      if (listed.insert(r.get()).second) made_.push_back(r);
  }

  void group_stages() {
    std::stable_sort(made_.begin(), made_.end(),
                     [&](const auto& a, const auto& b) { return level_[a.get()] < level_[b.get()]; });
    int current = -1;
    std::size_t first = 0;  // stage of the level
    for (const auto& n : made_) {
      if (const int level = level_[n.get()]; level != current) current = level, first = plan_.stages.size();
      std::size_t s = first;
      while (s < plan_.stages.size() && !(plan_.stages[s].grid == traversal(*n))) s++;
      if (s == plan_.stages.size()) {
        plan_.stages.emplace_back();
        plan_.stages[s].grid = traversal(*n);
      }
      StageOutput o;
      o.node = n;
      plan_.stages[s].outputs.push_back(std::move(o));
    }
  }

  void build_stage(std::size_t index) {
    Stage& stage = plan_.stages[index];
    const IndexTransform identity = IndexTransform::identity(stage.grid.shape());
    for (auto& o : stage.outputs) {
      const Node& n = *o.node;
      o.inputs = values_.inputs_of(index, n, identity, {Box::whole(stage.grid.shape()), -1});
      o.dtype = n.dtype();
      o.grid = n.grid();
      o.is_reduce = n.kind() == NodeKind::reduce;
      if (o.is_reduce) {
        const auto& r = as_reduce(n);
        o.program = compiled(r.program(), r.scalars());
        o.reduced = r.reduced();
        o.fold = r.fold();
        o.leaf = leaf_extents(stage.grid.largest(), o.reduced);
        for (auto& e : o.leaf) e = std::max<std::int64_t>(e, 1);
        o.epilogue = compiled(r.epilogue().program, r.epilogue().scalars);
      } else {
        const auto& m = as_map(n);
        o.program = compiled(m.program(), m.scalars());
      }
    }
    for (auto& o : stage.outputs)
      if (!o.is_reduce) take_known_value(index, o, identity);
    share_folds(stage);
    choose_owners(plan_, stage);
    for (auto& o : stage.outputs) place_output(stage, index, o);
    stage.name = stage_name(stage);
  }

  // A Map that other outputs of the stage are made of is computed once, as a value of the tile, and copied from there.
  void take_known_value(std::size_t index, StageOutput& o, const IndexTransform& identity) {
    if (const auto v = values_.known(index, *o.node, identity)) {
      o.program = compiled(identity_program(o.dtype), {});
      o.inputs = {{*v, identity}};
    }
  }

  void place_output(Stage& stage, std::size_t index, StageOutput& o) {
    if (o.is_reduce) {
      o.in_order = stage.grouped == o.reduced && stage.owners.kind() == Distribution::Kind::blocks;
      if (stage.owners.kind() == Distribution::Kind::replicated) {
        o.owners = Distribution::replicated(o.grid, plan_.limits.ranks);
      } else if (o.in_order && stage.grid.count() > 0) {
        const std::int64_t chunks = stage.grid.count() / std::max<std::int64_t>(1, o.grid.count());
        std::vector<std::int64_t> starts;
        for (auto s : stage.owners.starts()) starts.push_back(ceil_div(s, std::max<std::int64_t>(1, chunks)));
        o.owners = Distribution::blocks(o.grid, std::move(starts));
      } else {
        o.owners = Distribution::blocks(o.grid, plan_.limits.ranks);
      }
    } else {
      o.owners = stage.owners;
    }
    const bool used = is_made_whole(*o.node) && used_.count(o.node.get());  // by later stages
    std::vector<int> keep;
    if (const auto sinks = sinks_of_.find(o.node.get()); sinks != sinks_of_.end())
      for (int i : sinks->second)
        (plan_.sinks[static_cast<std::size_t>(i)].kind == PlanSink::Kind::write ? o.writes : keep).push_back(i);
    if (!used && keep.empty()) return;
    PlanArray a;
    a.dtype = o.dtype;
    a.distribution = o.owners;
    a.replicate = a.distribution.kind() != Distribution::Kind::replicated && plan_.limits.ranks > 1 &&
                  Amount(num_elements(o.grid.shape())) * item_size(o.dtype) <= replicate_bytes;
    a.first_stage = a.last_stage = static_cast<int>(index);
    a.sinks = keep;
    if (!o.is_reduce) a.kept = as_map(*o.node).kept();
    o.array = static_cast<int>(plan_.arrays.size());
    array_of_[o.node.get()] = o.array;
    plan_.arrays.push_back(std::move(a));
  }

  static std::string stage_name(const Stage& s) {
    std::string name;
    for (const auto& o : s.outputs) {
      if (!name.empty()) name += ", ";
      name += o.is_reduce ? "reduce " + to_string(o.fold) : std::string("map");
      name += " to " + to_string(o.dtype) + " " + to_string(o.grid.shape());
    }
    return name;
  }

  const std::vector<PlanRequest>& requests_;
  Plan plan_;
  std::vector<NodePtr> roots_, made_;
  std::unordered_map<const Node*, int> level_, array_of_;
  std::unordered_map<const Node*, std::vector<int>> sinks_of_;
  std::unordered_set<const Node*> used_;                   // inputs of some node
  std::unordered_map<const Node*, std::int32_t> numbers_;  // of the graph as built
  TileValues values_{plan_, numbers_, array_of_};
};

using Attempt = std::variant<Plan, Shortfall>;

// First with everything in memory that is worth it, then with less: what has no room is computed again.
Attempt attempt(const std::vector<PlanRequest>& requests, const std::vector<NodePtr>& roots, const PlanLimits& limits) {
  const double memory = static_cast<double>(std::max<std::int64_t>(0, limits.memory)) * limits.ranks;
  std::optional<Shortfall> least;
  std::size_t wanted = 0, tried = 0;
  for (const double array_bytes : {HUGE_VAL, memory / 8, 0.0}) {
    const Keeping keeping = kept_nodes(roots, {array_bytes, least ? std::size_t{8} : std::size_t{64}});
    if (!least)
      wanted = keeping.nodes.size();
    else if (!keeping.bounded || keeping.nodes.size() == tried)
      continue;
    tried = keeping.nodes.size();
    Planner planner(requests, limits);
    const auto shortfall = planner.run(roots, keeping.nodes);
    if (!shortfall) {
      Plan plan = planner.take_plan();
      plan.not_kept = static_cast<int>(wanted - std::min(wanted, tried));
      return plan;
    }
    if (!least || shortfall->needed < least->needed) least = shortfall;
  }
  return *least;
}

}  // namespace

Plan make_plan(const std::vector<PlanRequest>& requests, const PlanLimits& limits) {
  std::vector<NodePtr> roots;
  for (const auto& r : requests) roots.push_back(r.node);
  Attempt first = attempt(requests, roots, limits);
  if (auto* plan = std::get_if<Plan>(&first)) return std::move(*plan);
  // Another budget may keep more and take larger messages: asks again until what it asks for is enough.
  Shortfall missing = std::get<Shortfall>(first);
  for (PlanLimits more = limits;;) {
    more.memory = missing.needed;
    const Attempt next = attempt(requests, roots, more);
    if (const auto* still = std::get_if<Shortfall>(&next))
      missing.needed = still->needed;
    else
      break;
  }
  // The process itself takes some pages more or less in its next run.
  const std::int64_t grace = limits.baseline > 0 ? 1 << 20 : 0;
  const auto mib = std::to_string(ceil_div((Amount(missing.needed) + limits.baseline + grace).value(), 1 << 20));
  throw MemoryBudgetError("stage '" + missing.stage + "' needs at least " + mib + " MiB per rank; the budget is " +
                          std::to_string((limits.memory + limits.baseline) >> 20) + " MiB: use option 'memory' " + mib +
                          "M or more");
}

}  // namespace tessera
