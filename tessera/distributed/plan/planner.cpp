// From requests to stages. The optimized graph is cut where a Reduce is used: what must be whole gets an earlier stage.
// Roots of one level and one traversal grid share a stage, so that what they read in common is read once.
#include <tessera/distributed/plan/plan.hpp>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

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

  Plan run() {
    std::vector<NodePtr> roots;
    for (const auto& r : requests_) {
      roots.push_back(r.node);
      plan_.sinks.push_back({r.kind, r.target, r.node->dtype(), r.node->shape(), r.cost});
    }
    for (const auto& n : topological_order(roots))
      numbers_.emplace(n.get(), static_cast<std::int32_t>(numbers_.size()));
    roots_ = optimize(roots);
    level_nodes();
    group_stages();
    for (std::size_t i = 0; i < plan_.stages.size(); i++) build_stage(i);
    charge_memory(plan_);
    for (auto& s : plan_.stages) {
      count_traffic(plan_, s);
      for (auto& o : s.outputs) o.node = nullptr;  // a cached plan keeps no graph alive
    }
    return std::move(plan_);
  }

 private:
  // The stage of a root comes after those of all Reduces below it.
  void level_nodes() {
    for (const auto& n : topological_order(roots_)) {
      int level = 0;
      for (const auto& e : n->inputs()) {
        level = std::max(level, level_[e.node.get()] + (e.node->kind() == NodeKind::reduce ? 1 : 0));
        used_.insert(e.node.get());
      }
      level_[n.get()] = level;
      if (n->kind() == NodeKind::reduce) made_.push_back(n);
    }
    for (const auto& r : roots_)
      if (r->kind() != NodeKind::reduce && std::find(made_.begin(), made_.end(), r) == made_.end()) made_.push_back(r);
  }

  void group_stages() {
    std::stable_sort(made_.begin(), made_.end(),
                     [&](const auto& a, const auto& b) { return level_[a.get()] < level_[b.get()]; });
    std::vector<int> levels;
    for (const auto& n : made_) {
      const int level = level_[n.get()];
      std::size_t s = 0;
      while (s < plan_.stages.size() && !(levels[s] == level && plan_.stages[s].grid == traversal(*n))) s++;
      if (s == plan_.stages.size()) {
        plan_.stages.emplace_back();
        plan_.stages[s].grid = traversal(*n);
        levels.push_back(level);
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
    const bool used = o.is_reduce && used_.count(o.node.get());  // later: what is read must be whole
    std::vector<int> keep;
    for (std::size_t i = 0; i < roots_.size(); i++) {
      if (roots_[i] != o.node) continue;
      if (plan_.sinks[i].kind == PlanSink::Kind::write)
        o.writes.push_back(static_cast<int>(i));
      else
        keep.push_back(static_cast<int>(i));
    }
    if (!used && keep.empty()) return;
    PlanArray a;
    a.dtype = o.dtype;
    a.distribution = o.owners;
    a.replicate = a.distribution.kind() != Distribution::Kind::replicated && plan_.limits.ranks > 1 &&
                  Amount(num_elements(o.grid.shape())) * item_size(o.dtype) <= replicate_bytes;
    a.last_stage = static_cast<int>(index);
    a.sinks = keep;
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
  std::unordered_set<const Node*> used_;                   // inputs of some node
  std::unordered_map<const Node*, std::int32_t> numbers_;  // of the graph as built
  TileValues values_{plan_, numbers_, array_of_};
};

}  // namespace

Plan make_plan(const std::vector<PlanRequest>& requests, const PlanLimits& limits) {
  return Planner(requests, limits).run();
}

}  // namespace tessera
