// Walks from the roots down, all consumers of a node before it, and gathers the different views and stages that ask for
// it. Where the stages lie depends on what is kept, so the walk is repeated until it changes nothing, three times at
// most.
#include <tessera/core/optimize/keep.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <unordered_set>

#include <tessera/core/hash.hpp>
#include <tessera/core/optimize/built_graph.hpp>
#include <tessera/core/optimize/uses.hpp>
#include <tessera/core/optimize/view_requests.hpp>
#include <tessera/core/store_calls.hpp>

namespace tessera {
namespace {

/// A node that is asked for more often than this, and four times as often as the graph's own views branch, is kept even
/// where no element would be computed twice: copies of nodes cost planning.
constexpr std::size_t most_uses = 32;
/// Work that is less than waking the ranks for a stage costs, in simple operations.
constexpr double stage_cost = 1 << 18;

double elements(const Shape& shape) {
  double n = 1;
  for (auto e : shape) n *= static_cast<double>(e);
  return n;
}

double cost_of(const Program& p) {
  double cost = 0;
  for (const auto& in : p.code) {
    const bool slow = in.op == Op::divide || in.op == Op::sqrt || in.op == Op::reciprocal;
    cost += calls_function(in.op, in.type) ? 16 : slow ? 4 : 1;
  }
  return cost;
}

double cost_of(const Generator& generator) {
  return std::visit(overloaded{[](const ArangeSource&) { return 1; },
                               [](const RandomSource& r) { return r.kind == RandomSource::Kind::uniform ? 8 : 32; },
                               [](const LawSource&) { return 64; }},
                    generator);
}

double cost_of(const SourceData& data) {
  return std::visit(overloaded{[](const std::shared_ptr<const Store>&) { return 0.0; },
                               [](const std::shared_ptr<const Resident>&) { return 0.0; },
                               [](const FillSource&) { return 0.0; }, [](const Generator& g) { return cost_of(g); }},
                    data);
}

/// How often a node goes over its inputs. A Select by counting does for every digit of its keys, until what it looks for
/// fits into memory: twice as a rule, where a key has more than one.
int passes(const Node& n) {
  if (n.kind() != NodeKind::select) return 1;
  const SelectNode& s = as_select(n);
  return s.is_by_columns() || item_size(s.element()) <= 2 ? 1 : 2;
}

/// Decompressing an element once more, in simple operations: a nanosecond a byte, where an operation takes a twentieth.
constexpr double decoding_cost = 160;
bool is_compressed(const Node& n) {
  if (n.kind() != NodeKind::source || !as_source(n).store()) return false;
  const Store* store = as_source(n).store();
  return run_store_code(*store, [&] {
    const Dims& whole = store->info().indivisible;
    return std::any_of(whole.begin(), whole.end(), [](std::int64_t e) { return e > 1; });
  });
}

/// Simple operations for one element of a node, its inputs given; 0 for what has its elements already, or is read.
double own_cost(const Node& n) {
  return visit_node(n,
                    overloaded{[](const SourceNode& s) { return cost_of(s.data()); },
                               [](const MapNode& m) { return cost_of(m.program()); },
                               [](const ConcatNode&) { return 1.0; },
                               [](const ViewNode&) { return 0.0; },
                               [](const QuantityNode&) { return 0.0; },
                               [](const ReduceNode&) { return 0.0; },
                               [](const ScanNode&) { return 0.0; },
                               [](const SelectNode&) { return 0.0; },
                               [](const SortNode&) { return 0.0; },
                               [](const SearchNode&) { return 0.0; },
                               [](const ContractNode&) { return 0.0; },
                               [](const GroupNode&) { return 0.0; },
                               [](const StencilNode& s) { return static_cast<double>(2 * s.stencil()->taps.size()); },
                               [](const CallNode& c) { return c.function()->cost; },
                               [](const ChunkCallNode&) { return 0.0; },
                               [](const KeepNode&) { return 0.0; },
                               [](const RedistributeNode&) { return 0.0; },
                               [](const ReshapeNode&) { return 0.0; },
                               [](const GatherNode&) { return 0.0; },
                               [](const ScatterNode&) { return 0.0; },
                               [](const MaskCountNode&) { return 0.0; },
                               [](const CompressNode&) { return 0.0; }});
}

/// Stencils of stencils are computed in one tile until what they reach around it is so much, all axes and sides together.
constexpr std::int64_t most_halo = 100;

std::int64_t own_halo(const Node& n) {
  std::int64_t halo = 0;
  if (n.kind() != NodeKind::stencil) return halo;
  for (int i = 0; i < n.shape().size(); i++) {
    const Stencil& s = *as_stencil(n).stencil();
    halo += s.halo_before(i) + s.halo_after(i);
  }
  return halo;
}

/// What it costs to make an element in a tile's buffer for several views of it, in simple operations: it is written to cache
/// and read again.
constexpr double buffer_cost = 4;

bool may_be_kept(const Node& n) { return n.kind() == NodeKind::map || n.kind() == NodeKind::concat || own_cost(n) > 1; }

/// True for what has no elements of its own.
bool is_seen_through(const Node& n) { return n.kind() == NodeKind::view || n.kind() == NodeKind::quantity; }

/// How often elements of this shape are asked for, beyond once.
double computed_again(const Shape& shape, const Uses& u) {
  const double all = elements(shape);
  double asked = 0;
  for (const auto& use : u.uses) asked += elements(use.slice.output());
  return all > 0 ? std::max(0.0, asked / all - 1) : 0;
}

struct TransformHash {
  std::size_t operator()(const IndexTransform& t) const { return hash_of(t); }
};

Kept reason(const Uses& u) {
  std::unordered_set<IndexTransform, TransformHash> views;
  std::unordered_set<int> stages;
  for (const auto& use : u.uses) {
    views.insert(use.slice);
    stages.insert(use.stage);
  }
  if (views.size() == 1 && stages.size() == 1) return {0, static_cast<int>(u.uses.size())};
  return {static_cast<int>(views.size()), static_cast<int>(stages.size())};
}

class Keeper {
 public:
  /// `before`: what an earlier walk kept, which says where the stages lie.
  Keeper(const BuiltGraph& graph, const std::vector<NodePtr>& roots, const KeepLimits& limits, const KeptNodes& before)
      : graph_(graph), roots_(roots), limits_(limits) {
    for (const auto& n : graph.nodes()) {
      Facts& facts = facts_[n.get()];
      facts.elements = n.get();
      facts.number = facts_.size();
      for (const auto& e : n->inputs()) {
        const Node* in = graph.first(*e.node).get();
        const bool whole = in->is_made_whole() || before.count(in);
        facts.stage = std::max(facts.stage, facts_.at(in).stage + (whole ? 1 : 0));
        if (is_seen_through(*n))
          facts.elements = facts_.at(in).elements;
        else
          facts_.at(facts_.at(in).elements).edges++;
      }
    }
  }

  Keeping run() {
    for (const auto& root : roots_) {
      const Node& n = *graph_.first(*root);
      ask(n, {IndexTransform::identity(n.shape()), facts_.at(&n).stage});
      uses_[&n].edges++;
    }
    const auto& nodes = graph_.nodes();
    for (auto n = nodes.rbegin(); n != nodes.rend() && keeping_.bounded; ++n) visit(*n);
    return std::move(keeping_);
  }

 private:
  struct Facts {
    int stage = 0;                   ///< after those of all that is made whole below
    std::size_t number = 0;          ///< in topological order
    std::size_t edges = 0;           ///< of other nodes to its elements
    const Node* elements = nullptr;  ///< the node itself; of a View, what it is a view of
  };

  void ask(const Node& n, Use use) {
    const bool splits = !is_seen_through(n) && n.kind() != NodeKind::source;
    if (splits) use.slice = split(use.slice).slice;
    if (n.is_made_whole()) use.stage = use.pass = 0;  // once for all
    if (!uses_[&n].uses.insert(use).second) return;
    keeping_.bounded = keeping_.bounded && ++requests_ <= most_requests();
  }

  void visit(const NodePtr& node) {
    const Node& n = *node;
    Uses u = std::move(uses_[&n]);
    uses_.erase(&n);  // a long graph holds no lists that it does not need any more
    u.branching = std::max(u.branching, u.edges);
    const auto views = around_views(n, u);
    const std::int64_t halo = u.halo + own_halo(n) + (views ? views->beyond : 0);
    const bool reaches_far = u.halo > 0 && halo > u.halo && halo > most_halo && has_room(n);
    const Kept why = reason(u);
    if (views && !reaches_far) see_one_part(n, views->box, u);
    if (n.kind() == NodeKind::contract) see_one_part(n, part_of_product(as_contract(n), u), u);
    const double again = computed_again(n.shape(), u);
    if (reaches_far || keeps(n, u, again)) {
      keeping_.nodes.emplace(&n, why);
      keeping_.haloed.erase(&n);
      u.uses = {{IndexTransform::identity(n.shape()), facts_.at(&n).stage}};
      u.branching = 1;
      u.paid = 0, u.halo = 0;
    } else {
      u.halo = halo;
      u.paid = n.is_made_whole() ? 0 : u.paid + again * own_cost(n);
    }
    for (const auto& use : u.uses)
      for (const auto& r : requests_below({node, use.slice})) {
        const int stage = n.is_made_whole() ? facts_.at(&n).stage : use.stage;
        for (int pass = 0; pass < passes(n); pass++) ask(*graph_.first(*r.node), {r.transform, stage, use.pass + pass});
      }
    for (const auto& e : n.inputs()) {
      Uses& in = uses_[graph_.first(*e.node).get()];
      in.edges++;
      in.branching = std::max(in.branching, u.branching);
      in.paid = std::max(in.paid, u.paid);
      in.halo = std::max(in.halo, n.is_made_whole() ? 0 : u.halo);
      in.by_maps = in.by_maps && takes_shifted(n, e, u);
    }
  }

  /// Consumers for whose tiles one value may be made: Maps, and what joins views of it side by side (sliding_window_view).
  static bool takes_shifted(const Node& n, const Edge& e, const Uses& u) {
    const auto along = [&](const IndexTransform::Axis& a) { return a.from == as_concat(n).axis(); };
    if (n.kind() == NodeKind::concat) return std::none_of(e.map.axes().begin(), e.map.axes().end(), along);
    return is_elementwise(n) || (is_seen_through(n) && u.by_maps);
  }

  bool has_room(const Node& n) const {
    return elements(n.shape()) * static_cast<double>(item_size(n.dtype())) <= limits_.array_bytes;
  }

  /// What Maps see of it, where making that once in each tile costs less than making each view.
  std::optional<Around> around_views(const Node& n, const Uses& u) const {
    if ((!is_elementwise(n) && n.kind() != NodeKind::stencil) || !u.by_maps || u.uses.size() < 2) return std::nullopt;
    const auto seen = around(u);
    if (!seen || seen->beyond == 0 || seen->beyond > most_halo || reaches_off_tiles(n, u)) return std::nullopt;
    const double again = computed_again(seen->box.extent, u);
    if (again <= 0 || !costs(n, buffer_cost / again)) return std::nullopt;
    return seen;
  }

  /// True where the views have a single index of an axis, which tiles don't walk then, and what they are of is made of a
  /// stencil, which may reach along it.
  bool reaches_off_tiles(const Node& n, const Uses& u) const {
    const auto& axes = u.uses.begin()->slice.axes();
    if (std::all_of(axes.begin(), axes.end(), [](const IndexTransform::Axis& a) { return a.from >= 0; })) return false;
    std::unordered_set<const Node*> visited{&n};
    std::vector<const Node*> work{&n};
    while (!work.empty()) {
      const Node* at = work.back();
      work.pop_back();
      if (at->kind() == NodeKind::stencil) return true;
      for (const auto& e : at->inputs())
        if (const Node* in = graph_.first(*e.node).get(); !in->is_made_whole() && visited.insert(in).second)
          work.push_back(in);
    }
    return false;
  }

  /// All that asks for the node asks for one part of it.
  void see_one_part(const Node& n, const Box& part, Uses& u) {
    keeping_.haloed.emplace(&n, part);
    std::unordered_set<Use, UseHash> uses;
    for (const auto& use : u.uses) uses.insert({slice_of(part), use.stage, use.pass});
    u.uses = std::move(uses);
  }

  bool keeps(const Node& n, const Uses& u, double again) const {
    const double all = elements(n.shape());
    if (u.uses.size() < 2 || !has_room(n)) return false;
    if (n.is_made_whole()) return again > 0;  // whole once rather than more than that in slices
    if (is_passed_over_again(u) && is_compressed(n))
      return again * decoding_cost > keep_cost && all * again * decoding_cost > stage_cost;
    if (!may_be_kept(n)) return false;
    if (u.uses.size() > most_uses && (u.uses.size() > 4 * u.branching || requests_ > most_requests() / 4)) return true;
    if (again == 0 || !costs(n, keep_cost / again)) return false;
    if (all * again * cost_below(n, keep_cost) < stage_cost) return false;
    return !worth_more_below(n, u.paid, again);
  }

  static bool is_passed_over_again(const Uses& u) {
    return std::any_of(u.uses.begin(), u.uses.end(), [](const Use& use) { return use.pass > 0; });
  }

  bool heavy(const Node& n, double again) const { return may_be_kept(n) && costs(n, keep_cost / again); }

  /// True when all that is worth keeping below `top` is below one node that others use too, or that is seen in several
  /// ways: kept there, it serves more. Not when the copies down to it, with those paid already, cost as much as
  /// keeping.
  bool worth_more_below(const Node& top, double paid, double again) const {
    std::map<std::size_t, const Node*, std::greater<>> frontier{{facts_.at(&top).number, &top}};
    while (!frontier.empty()) {
      const Node* n = frontier.begin()->second;
      if (frontier.size() == 1 && n != &top && facts_.at(n).edges > 1) return true;
      frontier.erase(frontier.begin());
      paid += again * own_cost(*n);
      if (paid > keep_cost) return false;
      for (const auto& e : n->inputs())
        if (const Node& in = seen_through(e); heavy(in, again)) frontier.emplace(facts_.at(&in).number, &in);
    }
    return false;
  }

  std::size_t most_requests() const { return 8192 + limits_.requests_per_node * graph_.nodes().size(); }
  const Node& seen_through(const Edge& e) const { return *facts_.at(graph_.first(*e.node).get()).elements; }

  /// What an element of the node takes, down to what is read or made whole; not counted far beyond `most`.
  double cost_below(const Node& top, double most) const {
    double cost = 0;
    std::unordered_set<const Node*> seen{&top};
    std::vector<const Node*> work{&top};
    while (!work.empty() && cost <= most) {
      const Node* n = work.back();
      work.pop_back();
      cost += own_cost(*n);
      if (n->is_made_whole()) continue;
      for (const auto& e : n->inputs())
        if (const Node& in = seen_through(e); seen.insert(&in).second) work.push_back(&in);
    }
    return cost;
  }
  bool costs(const Node& n, double more_than) const { return cost_below(n, more_than) > more_than; }

  const BuiltGraph& graph_;
  const std::vector<NodePtr>& roots_;
  const KeepLimits& limits_;
  Keeping keeping_;
  std::size_t requests_ = 0;
  std::unordered_map<const Node*, Facts> facts_;
  std::unordered_map<const Node*, Uses> uses_;
};

bool same(const KeptNodes& a, const KeptNodes& b) {
  return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](const auto& k) { return b.count(k.first) > 0; });
}

}  // namespace

Keeping kept_nodes(const std::vector<NodePtr>& roots, const KeepLimits& limits) {
  const BuiltGraph graph(roots);
  Keeping kept;
  for (int walk = 0; walk < 3; walk++) {
    Keeping next = Keeper(graph, roots, limits, kept.nodes).run();
    const bool settled = same(kept.nodes, next.nodes);
    kept = std::move(next);
    if (settled || !kept.bounded) break;
  }
  return kept;
}

}  // namespace tessera
