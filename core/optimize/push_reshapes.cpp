#include <tessera/core/optimize/push_reshapes.hpp>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include <tessera/core/axis_groups.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/core/optimize/rewrite.hpp>
#include <tessera/core/optimize/view_requests.hpp>
#include <tessera/core/reshaped_store.hpp>

namespace tessera {
namespace {

/// Elements of a node in row-major order of what `seen` shows, under some axes of the Reshape's shape.
struct Ask {
  NodePtr node;
  IndexTransform seen;
  std::uint32_t axes;  // bit i: axis i of the Reshape
  bool operator==(const Ask&) const = default;
};
struct AskHash {
  std::size_t operator()(const Ask& a) const {
    return Hash().add(reinterpret_cast<std::uintptr_t>(a.node.get())).add(hash_of(a.seen)).add(a.axes).value();
  }
};
/// What is asked of an input, and how its axes are picked from those of the asker.
struct Need {
  Ask ask;
  IndexTransform picked;
};

bool sees_an_axis_twice(const IndexTransform& seen) {
  std::uint32_t used = 0;
  for (const auto& a : seen.axes()) {
    if (a.from < 0) continue;
    if (used >> a.from & 1u) return true;
    used |= 1u << a.from;
  }
  return false;
}

/// From one shape to another that differs in axes of length 1 alone; nothing where more differs.
std::optional<IndexTransform> between(const Shape& to, const Shape& from) {
  std::vector<IndexTransform::Axis> axes;
  int i = 0;
  for (const auto e : from) {
    if (e == 1) {
      axes.push_back({-1, 0, 0});
      continue;
    }
    while (i < to.size() && to[i] == 1) i++;
    if (i == to.size() || to[i] != e) return std::nullopt;
    axes.push_back({i++, 0, 1});
  }
  for (; i < to.size(); i++)
    if (to[i] != 1) return std::nullopt;
  return IndexTransform(to, std::move(axes));
}

class ReshapePusher {
 public:
  explicit ReshapePusher(const ReshapeNode& reshape)
      : grid_(reshape.grid()), same_shape_(reshape.from() == reshape.shape()) {}

  /// What makes the elements; null where it can't pass, or moves more than it spares.
  NodePtr push(const Edge& input) {
    const Need first = need(input.node, input.map, (1u << grid_.rank()) - 1);
    std::vector<Ask> work{first.ask};
    while (!work.empty()) {
      const Ask a = work.back();
      if (answers_.count(a)) {
        work.pop_back();
        continue;
      }
      const auto needs = needs_of(a);
      const std::size_t before = work.size();
      for (const auto& n : needs)
        if (!answers_.count(n.ask)) work.push_back(n.ask);
      if (work.size() > before) continue;
      answers_.emplace(a, answer(a, needs));
      work.pop_back();
    }
    const auto& found = answers_.at(first.ask);
    if (!found || moves_more()) return nullptr;
    const Edge e{found->node, first.picked.then(found->map)};
    if (e.map.is_identity(e.node->shape()) && e.node->grid() == grid_) return e.node;
    return copy_of(e, grid_.shape(), grid_);
  }

 private:
  ChunkGrid grid_of(std::uint32_t axes) const {
    std::vector<AxisChunks> some;
    for (int i = 0; i < grid_.rank(); i++)
      if (axes >> i & 1u) some.push_back(grid_.axis(i));
    return ChunkGrid(std::move(some));
  }

  bool moves_more() const {
    const auto all = static_cast<double>(num_elements(grid_.shape()));
    return !same_shape_ && moved_ > (reads_ ? 2 * all : all);
  }

  /// Groups of axes that don't matter to the node are left out.
  Need need(const NodePtr& node, const IndexTransform& seen, std::uint32_t axes) const {
    const Shape to = grid_of(axes).shape(), &from = seen.output();
    Dims number_of;  // of the Reshape's axes
    for (int i = 0; i < grid_.rank(); i++)
      if (axes >> i & 1u) number_of.push_back(i);
    std::uint32_t used = 0;
    for (const auto& a : seen.axes())
      if (a.from >= 0) used |= 1u << a.from;
    Shape kept;
    std::vector<int> place(static_cast<std::size_t>(from.size()), -1);
    std::vector<IndexTransform::Axis> picked;
    std::uint32_t still = 0;
    for (const auto& g : axis_groups(from, to)) {
      bool matters = false;
      for (int i = g.from.begin; i < g.from.end; i++) matters = matters || (used >> i & 1u && from[i] > 1);
      if (!matters) continue;
      for (int i = g.from.begin; i < g.from.end; i++) place[i] = kept.size(), kept.push_back(from[i]);
      for (int i = g.to.begin; i < g.to.end; i++) {
        picked.push_back({i, 0, 1});
        still |= 1u << number_of[i];
      }
    }
    std::vector<IndexTransform::Axis> rest = seen.axes();
    for (auto& a : rest)
      if (a.from >= 0)
        a = place[a.from] < 0 ? IndexTransform::Axis{-1, a.offset, 0}
                              : IndexTransform::Axis{place[a.from], a.offset, a.stride};
    return {{node, {kept, std::move(rest)}, still}, {to, std::move(picked)}};
  }

  std::optional<IndexTransform> as_it_is(const Ask& a) const {
    if (sees_an_axis_twice(a.seen)) return std::nullopt;
    return between(grid_of(a.axes).shape(), a.seen.output());
  }

  std::vector<Need> needs_of(const Ask& a) const {
    std::vector<Need> needs;
    const Node& n = *a.node;
    const bool passes = n.kind() == NodeKind::view || n.kind() == NodeKind::quantity || n.kind() == NodeKind::map ||
                        n.kind() == NodeKind::redistribute;
    if (passes && !as_it_is(a))
      for (const auto& e : n.inputs()) needs.push_back(need(e.node, a.seen.then(e.map), a.axes));
    return needs;
  }

  std::optional<Edge> answer(const Ask& a, const std::vector<Need>& needs) {
    const ChunkGrid grid = grid_of(a.axes);
    const Shape shape = grid.shape();
    if (const auto ones = as_it_is(a)) return Edge{a.node, ones->then(a.seen)};
    std::vector<Edge> inputs;
    for (const auto& n : needs) {
      const auto& found = answers_.at(n.ask);
      if (!found) return std::nullopt;
      inputs.push_back({found->node, n.picked.then(found->map)});
    }
    const auto whole = [&](NodePtr node) { return Edge{std::move(node), IndexTransform::identity(shape)}; };
    return visit_node(
        *a.node,
        overloaded{
            [&](const SourceNode& s) { return of_source(s, a, grid); },
            [&](const ViewNode&) { return std::optional(inputs[0]); },
            [&](const QuantityNode&) { return std::optional(inputs[0]); },
            [&](const RedistributeNode&) { return std::optional(inputs[0]); },
            [&](const MapNode& m) {
              const auto scalars = m.scalars();
              return std::optional(whole(
                  std::make_shared<MapNode>(m.program(), std::vector<ScalarParameter>(scalars.begin(), scalars.end()),
                                            shape, grid, std::move(inputs))));
            },
            [&](const ReshapeNode& r) {
              const bool again = a.seen.is_identity(r.shape()) && !(r.from() == r.shape());
              return again ? in_memory({r.inputs()[0].node, r.inputs()[0].map, a.axes}, grid) : in_memory(a, grid);
            },
            [&](const ConcatNode&) { return seen_alone(a); },
            // What is made whole: Reduces, Scans, Selects, Sorts, ...
            [&](const auto& n) { return n.is_made_whole() ? in_memory(a, grid) : seen_alone(a); }});
  }

  /// A diagonal is no more than a view.
  std::optional<Edge> seen_alone(const Ask& a) const {
    return same_shape_ ? std::optional(Edge{a.node, a.seen}) : std::nullopt;
  }

  std::optional<Edge> in_memory(const Ask& a, const ChunkGrid& grid) {
    if (a.seen.repeats()) return std::nullopt;
    moved_ += static_cast<double>(num_elements(grid.shape()));
    return Edge{std::make_shared<ReshapeNode>(Edge{a.node, a.seen}, grid), IndexTransform::identity(grid.shape())};
  }

  std::optional<Edge> of_source(const SourceNode& s, const Ask& a, const ChunkGrid& grid) {
    if (s.resident()) return in_memory(a, grid);
    const Shape shape = grid.shape();
    SourceData data = s.data();
    if (s.store()) {
      reads_ = true;
      data = make_reshaped_store(std::get<std::shared_ptr<const Store>>(s.data()), a.seen, shape);
    } else if (s.generator() && !a.seen.is_identity(s.shape())) {
      return seen_alone(a);
    }
    return Edge{std::make_shared<SourceNode>(s.dtype(), shape, grid, std::move(data)), IndexTransform::identity(shape)};
  }

  const ChunkGrid grid_;
  const bool same_shape_;
  bool reads_ = false;
  double moved_ = 0;  // elements in memory that are reshaped
  std::unordered_map<Ask, std::optional<Edge>, AskHash> answers_;
};

}  // namespace

std::vector<NodePtr> push_reshapes(const std::vector<NodePtr>& roots) {
  const std::vector<NodePtr> order = topological_order(roots);
  if (std::none_of(order.begin(), order.end(), [](const NodePtr& n) { return n->kind() == NodeKind::reshape; }))
    return roots;
  return rewritten(order, roots, [](const NodePtr& n, std::vector<Edge> inputs) {
    if (n->kind() == NodeKind::reshape)
      if (NodePtr pushed = ReshapePusher(as_reshape(*n)).push(inputs[0])) return pushed;
    return over(n, std::move(inputs));
  });
}

}  // namespace tessera
