// From requests to stages. The optimized graph is cut where a Reduce is used: what must be whole gets an earlier stage.
// Roots of one level and one traversal grid share a stage, so that what they read in common is read once.
#include <tessera/distributed/plan/plan.hpp>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include <tessera/core/memory/pool.hpp>
#include <tessera/core/optimize/optimize.hpp>
#include <tessera/distributed/plan/share_folds.hpp>
#include <tessera/distributed/plan/tiles.hpp>
#include <tessera/distributed/resident.hpp>

namespace tessera {
namespace {

const ChunkGrid& traversal(const Node& n) { return n.kind() == NodeKind::reduce ? as_reduce(n).domain() : n.grid(); }

PlanProgram compiled(const Program& p, const std::vector<ScalarParameter>& scalars) {
  PlanProgram out{p, cpu::Kernel::compile(p), scalars, {}};
  for (std::size_t i = 0; i < scalars.size(); i++) out.scalars.push_back(to_bits(scalars[i].value, p.scalars[i]));
  return out;
}

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
    if (const std::int64_t needed = charge_memory(plan_.limits.memory)) refuse(needed);
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

  int source_number(const NodePtr& n) {
    for (std::size_t i = 0; i < plan_.sources.size(); i++)
      if (plan_.sources[i].node == n) return static_cast<int>(i);
    plan_.sources.push_back({std::static_pointer_cast<const SourceNode>(n), numbers_.at(n.get())});
    return static_cast<int>(plan_.sources.size()) - 1;
  }

  // Where a value is wanted: everywhere in the traversal, or where the piece that needs it lies.
  struct Place {
    Box within;
    int seam_axis = -1;
  };

  // The number of the tile value that is `node` seen through `from_domain`.
  int value_number(Stage& stage, std::size_t stage_index, const NodePtr& node, const IndexTransform& from_domain,
                   const Place& place) {
    const std::pair<const Node*, int> key{node.get(), static_cast<int>(stage_index)};
    for (int v : values_[key]) {
      const auto& known = stage.values[static_cast<std::size_t>(v)];
      if (known.from_domain == from_domain && known.within == place.within && known.seam_axis == place.seam_axis)
        return v;
    }
    TileValue v;
    v.dtype = node->dtype();
    v.from_domain = from_domain;
    v.shape = node->shape();
    v.within = place.within;
    v.seam_axis = place.seam_axis;
    if (node->kind() == NodeKind::source) {
      v.source = source_number(node);
      const auto& s = as_source(*node);
      if (const auto r = s.resident())
        if (const int n = static_cast<const ResidentArray&>(*r).distribution().ranks(); n != plan_.limits.ranks)
          throw UsageError("an array in memory belongs to a session of " + std::to_string(n) + " ranks; this one has " +
                           std::to_string(plan_.limits.ranks) + ": write it to a file, or gather it first");
      v.kind = s.store()          ? TileValue::Kind::read
               : s.is_generator() ? TileValue::Kind::generate
                                  : TileValue::Kind::resident;
    } else if (node->kind() == NodeKind::reduce) {
      v.kind = TileValue::Kind::resident;
      v.array = array_of_.at(node.get());
      auto& a = plan_.arrays[static_cast<std::size_t>(v.array)];
      a.last_stage = std::max(a.last_stage, static_cast<int>(stage_index));
    } else if (node->kind() == NodeKind::concat) {
      add_pieces(stage, stage_index, as_concat(*node), v);
    } else {
      const auto& m = as_map(*node);
      v.kind = TileValue::Kind::computed;
      v.program = compiled(m.program(), m.scalars());
      v.inputs = inputs_of(stage, stage_index, *node, from_domain, place);
    }
    stage.values.push_back(std::move(v));
    values_[key].push_back(static_cast<int>(stage.values.size()) - 1);
    return static_cast<int>(stage.values.size()) - 1;
  }

  std::vector<TileInput> inputs_of(Stage& stage, std::size_t stage_index, const Node& n,
                                   const IndexTransform& from_domain, const Place& place) {
    std::vector<TileInput> inputs;
    for (const auto& e : n.inputs())
      inputs.push_back({value_number(stage, stage_index, e.node, from_domain.then(e.map), place), e.map});
    return inputs;
  }

  // `v` is a Concat seen by the traversal without steps (push_views has moved them to the parts): part k is wanted
  // where the traversal's index lies between two cuts.
  void add_pieces(Stage& stage, std::size_t stage_index, const ConcatNode& n, TileValue& v) {
    const auto& a = v.from_domain.axis(n.axis());
    if (a.from < 0 || a.stride != 1) throw InternalError("a Concat is seen through " + to_string(v.from_domain));
    v.kind = TileValue::Kind::pieces;
    v.axis = a.from;
    v.one_chunk = true;
    const auto& chunks = stage.grid.axis(v.axis);
    for (auto start : n.starts()) {
      const std::int64_t cut = start - a.offset;
      v.cuts.push_back(cut);
      v.one_chunk = v.one_chunk && (cut <= 0 || cut >= chunks.extent() || chunks.bound(chunks.find(cut)) == cut);
    }
    for (std::size_t k = 0; k < n.inputs().size(); k++) {
      Place place{v.within, v.seam_axis < 0 ? v.axis : v.seam_axis};
      std::int64_t &lo = place.within.lo[v.axis], &extent = place.within.extent[v.axis];
      const std::int64_t end = std::min(lo + extent, v.cuts[k + 1]);
      lo = std::max(lo, v.cuts[k]);
      extent = std::max<std::int64_t>(0, end - lo);
      const Edge& e = n.inputs()[k];
      v.inputs.push_back({value_number(stage, stage_index, e.node, v.from_domain.then(e.map), place), e.map});
    }
  }

  const Distribution* resident_distribution(const TileValue& v) const {
    if (v.kind != TileValue::Kind::resident) return nullptr;
    if (v.array >= 0) return &plan_.arrays[static_cast<std::size_t>(v.array)].distribution;
    return &static_cast<const ResidentArray&>(*plan_.sources[static_cast<std::size_t>(v.source)].node->resident())
                .distribution();
  }
  bool on_every_rank(const TileValue& v) const {
    const auto* d = resident_distribution(v);
    return !d || d->kind() == Distribution::Kind::replicated ||
           (v.array >= 0 && plan_.arrays[static_cast<std::size_t>(v.array)].replicate);
  }

  // True when every traversal chunk lies in one chunk of the resident value, where the value is wanted.
  static bool aligned(const Stage& stage, const TileValue& v, const ChunkGrid& held) {
    for (int j = 0; j < v.from_domain.input_rank(); j++) {
      const auto& a = v.from_domain.axis(j);
      if (a.from < 0) continue;
      if (held.axis(j).count() <= 1) continue;
      const std::int64_t lo = v.within.lo[a.from], n = v.within.extent[a.from];
      if (!(held.axis(j).sliced(a.offset + a.stride * lo, a.stride, n) == stage.grid.axis(a.from).sliced(lo, 1, n)))
        return false;
    }
    return true;
  }

  Dims preferred_order(const Stage& stage, std::uint32_t& grouped) const {
    Dims order;
    grouped = 0;
    for (const auto& o : stage.outputs)
      if (o.node->kind() == NodeKind::reduce) {
        grouped = as_reduce(*o.node).reduced();
        break;
      }
    for (int i = 0; i < stage.grid.rank(); i++)
      if (!(grouped >> i & 1u)) order.push_back(i);
    for (int i = 0; i < stage.grid.rank(); i++)
      if (grouped >> i & 1u) order.push_back(i);
    return order;
  }

  void choose_owners(Stage& stage) {
    const int ranks = plan_.limits.ranks;
    const Dims order = preferred_order(stage, stage.grouped);
    stage.owners = Distribution::blocks(stage.grid, ranks, order);
    if (ranks > 1) {
      bool local = num_elements(stage.grid.shape()) <= replicate_bytes / 8;
      for (const auto& v : stage.values) local = local && v.kind != TileValue::Kind::read && on_every_rank(v);
      if (local) {
        stage.owners = Distribution::replicated(stage.grid, ranks);
        stage.grouped = 0;
      } else {
        const TileValue* anchor = nullptr;
        for (const auto& v : stage.values) {
          const auto* d = resident_distribution(v);
          if (!d || v.seam_axis >= 0 || on_every_rank(v) || !aligned(stage, v, d->grid())) continue;
          if (v.from_domain.repeats() && d->grid().count() < 2 * ranks) continue;
          if (!anchor || num_elements(v.shape) > num_elements(anchor->shape)) anchor = &v;
        }
        if (anchor) {
          stage.owners = Distribution::through(stage.grid, anchor->from_domain, *resident_distribution(*anchor));
          const bool same_order = stage.owners.kind() == Distribution::Kind::blocks && stage.owners.order() == order;
          if (!same_order) stage.grouped = 0;
        }
      }
    }
    for (std::size_t i = 0; i < stage.values.size(); i++) {
      auto& v = stage.values[i];
      const auto* d = resident_distribution(v);
      if (!d) continue;
      const bool fits = aligned(stage, v, d->grid());
      v.one_chunk = fits;
      if (ranks > 1 && !on_every_rank(v) &&
          !(fits && v.seam_axis < 0 && Distribution::through(stage.grid, v.from_domain, *d) == stage.owners)) {
        v.kind = TileValue::Kind::fetched;
        stage.fetches.push_back(static_cast<int>(i));
      }
    }
  }

  void build_stage(std::size_t index) {
    Stage& stage = plan_.stages[index];
    const IndexTransform identity = IndexTransform::identity(stage.grid.shape());
    for (auto& o : stage.outputs) {
      const Node& n = *o.node;
      o.inputs = inputs_of(stage, index, n, identity, {Box::whole(stage.grid.shape()), -1});
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
      if (!o.is_reduce) take_known_value(stage, index, o, identity);
    share_folds(stage);
    choose_owners(stage);
    for (auto& o : stage.outputs) place_output(stage, index, o);
    stage.name = stage_name(stage);
  }

  // A Map that other outputs of the stage are made of is computed once, as a value of the tile, and copied from there.
  void take_known_value(const Stage& stage, std::size_t index, StageOutput& o, const IndexTransform& identity) {
    for (int v : values_[{o.node.get(), static_cast<int>(index)}]) {
      const auto& value = stage.values[static_cast<std::size_t>(v)];
      if (!(value.from_domain == identity) || value.seam_axis >= 0) continue;
      o.program = compiled(identity_program(o.dtype), {});
      o.inputs = {{v, identity}};
      return;
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
                  num_elements(o.grid.shape()) * item_size(o.dtype) <= replicate_bytes;
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

  // Sizes all stages for `memory` bytes. returns: 0; when they don't fit, what the most demanding one takes.
  std::int64_t charge_memory(std::int64_t memory) {
    const auto& limits = plan_.limits;
    const std::int64_t largest_message = message_bytes(memory);
    std::int64_t most_needed = 0;
    plan_.peak = 0;
    for (std::size_t i = 0; i < plan_.stages.size(); i++) {
      Stage& s = plan_.stages[i];
      s.resident_bytes = s.fetch_bytes = s.exchange_bytes = 0;
      for (std::size_t k = 0; k < plan_.arrays.size(); k++) {
        const auto& a = plan_.arrays[k];
        const bool made = made_by(k) <= static_cast<int>(i),
                   alive = !a.sinks.empty() || a.last_stage >= static_cast<int>(i);
        if (!made || !alive) continue;
        s.resident_bytes += MemoryPool::rounded(a.distribution.most_elements() * item_size(a.dtype));
        if (a.replicate)
          s.resident_bytes += 2 * MemoryPool::rounded(num_elements(a.distribution.grid().shape()) * item_size(a.dtype));
        for (int sink : a.sinks)
          if (plan_.sinks[static_cast<std::size_t>(sink)].kind == PlanSink::Kind::gather)
            s.resident_bytes += num_elements(a.distribution.grid().shape()) * item_size(a.dtype);
      }
      for (int f : s.fetches) {
        std::int64_t most = 0;
        const auto& v = s.values[static_cast<std::size_t>(f)];
        for (int r = 0; r < limits.ranks; r++) most = std::max(most, needed_box(s, v, r).size() * item_size(v.dtype));
        s.fetch_bytes += MemoryPool::rounded(most);
      }
      // A message is never smaller than 64 KiB, one to every peer.
      if (!s.fetches.empty())
        s.exchange_bytes += 2 * std::max<std::int64_t>(largest_message, std::int64_t{64 << 10} * (limits.ranks - 1));
      if (limits.ranks > 1)
        for (const auto& o : s.outputs)
          if (o.is_reduce) {
            const std::int64_t chunk = o.fold.layout().bytes(num_elements(kept_axes(s.grid.largest(), o.reduced)));
            s.exchange_bytes += std::min<std::int64_t>(2 * chunk * limits.ranks, 2 * std::max(chunk, largest_message));
          }
      const std::int64_t needed = size_tiles(plan_, s, memory);
      if (needed > most_needed) most_needed = needed, tightest_ = i;
      plan_.peak = std::max(plan_.peak, s.peak());
    }
    return most_needed;
  }

  // A larger budget takes larger messages: asks again until what it asks for is enough.
  [[noreturn]] void refuse(std::int64_t needed) {
    const std::string name = plan_.stages[tightest_].name;
    while (const std::int64_t more = charge_memory(needed)) needed = more;
    // The process itself takes some pages more or less in its next run.
    const std::int64_t grace = plan_.limits.baseline > 0 ? 1 << 20 : 0;
    const auto mib = std::to_string(ceil_div(needed + plan_.limits.baseline + grace, 1 << 20));
    throw MemoryBudgetError("stage '" + name + "' needs at least " + mib + " MiB per rank; the budget is " +
                            std::to_string((plan_.limits.memory + plan_.limits.baseline) >> 20) +
                            " MiB: use --memory " + mib + "M or more");
  }

  int made_by(std::size_t array) const {
    for (std::size_t i = 0; i < plan_.stages.size(); i++)
      for (const auto& o : plan_.stages[i].outputs)
        if (o.array == static_cast<int>(array)) return static_cast<int>(i);
    return 0;
  }

  const std::vector<PlanRequest>& requests_;
  Plan plan_;
  std::size_t tightest_ = 0;  // stage
  std::vector<NodePtr> roots_, made_;
  std::unordered_map<const Node*, int> level_, array_of_;
  std::unordered_set<const Node*> used_;                   // inputs of some node
  std::unordered_map<const Node*, std::int32_t> numbers_;  // of the graph as built
  std::map<std::pair<const Node*, int>, std::vector<int>> values_;
};

}  // namespace

Plan make_plan(const std::vector<PlanRequest>& requests, const PlanLimits& limits) {
  return Planner(requests, limits).run();
}

}  // namespace tessera
