// Views down to the sources. A request (node, transform) asks for the node's elements under a transform, and is
// answered by an edge. transform = broadcast o slice: the slice part (every axis matters) goes through Maps to their
// inputs, through Reduces on kept axes and to the parts of a Concat; the broadcast part stays on the edge, so that
// nothing is computed twice for being repeated. Requests are worked off a list, not by recursion: graphs may be 10 000
// nodes deep.
#include <tessera/core/optimize/optimize.hpp>

#include <unordered_map>

#include <tessera/core/optimize/concat_views.hpp>

namespace tessera {
namespace {

struct Request {
  NodePtr node;
  IndexTransform transform;
};

struct Split {
  IndexTransform broadcast;  // consumer -> compact: drops the axes that do not matter
  IndexTransform slice;      // compact -> node
};

Split split(const IndexTransform& t) {
  Dims compact_axis = Dims::filled(t.output_rank(), -1);
  Shape compact;
  std::vector<IndexTransform::Axis> broadcast;
  for (int i = 0; i < t.output_rank(); i++) {
    bool used = false;
    for (const auto& a : t.axes()) used = used || a.from == i;
    if (!used) continue;
    compact_axis[i] = compact.size();
    broadcast.push_back({i, 0, 1});
    compact.push_back(t.output()[i]);
  }
  std::vector<IndexTransform::Axis> slice;
  for (auto a : t.axes()) {
    if (a.from >= 0) a.from = static_cast<int>(compact_axis[a.from]);
    slice.push_back(a);
  }
  return {{t.output(), std::move(broadcast)}, {compact, std::move(slice)}};
}

// How a slice of a Reduce's result becomes a slice of its domain: kept axes sliced, indexed ones kept with length 1
// (dropping an axis could change which axis is innermost, and with it the bits), reduced ones whole. Needs the axes in
// order.
struct DomainSlice {
  IndexTransform domain;  // new domain -> old domain
  IndexTransform result;  // compact -> new result
};
std::optional<DomainSlice> slice_domain(const ReduceNode& r, const IndexTransform& slice) {
  Shape domain, result;
  std::vector<IndexTransform::Axis> axes, result_axes;
  int kept = 0, next = 0;
  for (int i = 0; i < r.domain().rank(); i++) {
    const std::int64_t n = r.domain().axis(i).extent();
    if (r.reduced() >> i & 1u) {
      axes.push_back({domain.size(), 0, 1});
      domain.push_back(n);
      continue;
    }
    const auto& a = slice.axis(kept++);
    if (a.from < 0) {
      axes.push_back({domain.size(), a.offset, 1});
      domain.push_back(1);
      result_axes.push_back({-1, 0, 0});
      result.push_back(1);
    } else {
      if (a.from != next++) return std::nullopt;
      axes.push_back({domain.size(), a.offset, a.stride});
      domain.push_back(slice.output()[a.from]);
      result_axes.push_back({a.from, 0, 1});
      result.push_back(slice.output()[a.from]);
    }
  }
  return DomainSlice{{domain, std::move(axes)}, {slice.output(), std::move(result_axes)}};
}

class Pusher {
 public:
  /// `numbers`: of the nodes in topological order, for the scalars' origins.
  explicit Pusher(const std::unordered_map<const Node*, std::int32_t>& numbers) : numbers_(numbers) {}
  Edge push(const NodePtr& node, const IndexTransform& transform) {
    std::vector<Request> work{{node, transform}};
    while (!work.empty()) {
      const Request r = work.back();
      if (find(r)) {
        work.pop_back();
        continue;
      }
      const auto needs = needed(r);
      const std::size_t before = work.size();
      for (const auto& n : needs)
        if (!find(n)) work.push_back(n);
      if (work.size() > before) continue;
      answers_[r.node.get()].emplace_back(r.transform, answer(r, needs));
      kept_.push_back(r.node);
      work.pop_back();
    }
    return *find({node, transform});
  }

 private:
  const Edge* find(const Request& r) const {
    const auto at = answers_.find(r.node.get());
    if (at == answers_.end()) return nullptr;
    for (const auto& [t, edge] : at->second)
      if (t == r.transform) return &edge;
    return nullptr;
  }

  // The transform under which the node's own inputs are asked for; identity when nothing passes.
  static IndexTransform passed(const Request& r) {
    const Node& n = *r.node;
    if (n.kind() == NodeKind::map) return split(r.transform).slice;
    const auto& reduce = as_reduce(n);
    const IndexTransform slice = split(r.transform).slice;
    if (!slice.is_identity(n.shape()))
      if (auto d = slice_domain(reduce, slice)) return d->domain;
    return IndexTransform::identity(reduce.domain().shape());
  }

  static std::vector<Request> needed(const Request& r) {
    std::vector<Request> needs;
    if (r.node->kind() == NodeKind::source) return needs;
    if (r.node->kind() == NodeKind::view)
      return {{r.node->inputs()[0].node, r.transform.then(r.node->inputs()[0].map)}};
    if (r.node->kind() == NodeKind::concat) {
      const auto& c = as_concat(*r.node);
      for (auto& v : views_of_parts(c, split(r.transform).slice))
        needs.push_back({c.inputs()[v.part].node, std::move(v.transform)});
      return needs;
    }
    const IndexTransform t = passed(r);
    for (const auto& e : r.node->inputs()) needs.push_back({e.node, t.then(e.map)});
    return needs;
  }

  Edge answer(const Request& r, const std::vector<Request>& needs) const {
    const Node& n = *r.node;
    if (n.kind() == NodeKind::source) {
      const auto* fill = as_source(n).fill();
      if (!fill || fill->origin >= 0) return {r.node, r.transform};
      return {std::make_shared<SourceNode>(n.dtype(), n.shape(), n.grid(), FillSource{fill->value, numbers_.at(&n)}),
              r.transform};
    }
    if (n.kind() == NodeKind::view) return *find(needs[0]);
    std::vector<Edge> inputs;
    for (const auto& need : needs) inputs.push_back(*find(need));
    const auto [broadcast, slice] = split(r.transform);
    if (n.kind() == NodeKind::concat) {
      if (inputs.size() == 1) return {inputs[0].node, broadcast.then(inputs[0].map)};
      for (auto& e : inputs) e = in_memory(std::move(e));
      const auto& c = as_concat(n);
      return {concat_of(c, slice, views_of_parts(c, slice), std::move(inputs)), broadcast};
    }
    const IndexTransform t = passed(r);
    if (n.kind() == NodeKind::map) {
      const auto& m = as_map(n);
      return {std::make_shared<MapNode>(m.program(), with_origin(m.scalars(), n), slice.output(), t.map_grid(m.grid()),
                                        std::move(inputs)),
              broadcast};
    }
    const auto& m = as_reduce(n);
    auto reduce = std::make_shared<ReduceNode>(m.program(), with_origin(m.scalars(), n), std::move(inputs),
                                               t.map_grid(m.domain()), m.reduced(), m.fold(), m.epilogue());
    if (slice.is_identity(n.shape())) return {std::move(reduce), broadcast};
    if (auto d = slice_domain(m, slice)) return {std::move(reduce), broadcast.then(d->result)};
    return {std::move(reduce), r.transform};
  }

  // A part that is one value (a fill) becomes a Map that computes it: what a Concat reads must be elements.
  static Edge in_memory(Edge e) {
    if (e.node->kind() != NodeKind::source || !as_source(*e.node).fill()) return e;
    const Shape shape = e.map.output();
    const DType type = e.node->dtype();
    return {std::make_shared<MapNode>(identity_program(type), std::vector<ScalarParameter>{}, shape,
                                      ChunkGrid::regular(shape, shape), std::vector<Edge>{std::move(e)}),
            IndexTransform::identity(shape)};
  }

  std::vector<ScalarParameter> with_origin(std::vector<ScalarParameter> scalars, const Node& n) const {
    for (std::uint32_t i = 0; i < scalars.size(); i++)
      if (scalars[i].origin < 0 && !scalars[i].folded) scalars[i].origin = numbers_.at(&n), scalars[i].index = i;
    return scalars;
  }

  const std::unordered_map<const Node*, std::int32_t>& numbers_;
  std::unordered_map<const Node*, std::vector<std::pair<IndexTransform, Edge>>> answers_;
  std::vector<NodePtr> kept_;  // what answers_ points at stays alive
};

}  // namespace

std::vector<NodePtr> push_views(const std::vector<NodePtr>& roots) {
  std::unordered_map<const Node*, std::int32_t> numbers;
  for (const auto& n : topological_order(roots)) numbers.emplace(n.get(), static_cast<std::int32_t>(numbers.size()));
  Pusher pusher(numbers);
  std::vector<NodePtr> out;
  for (const auto& root : roots) {
    Edge e = pusher.push(root, IndexTransform::identity(root->shape()));
    const bool computed = e.node->kind() == NodeKind::map || e.node->kind() == NodeKind::reduce;
    if (computed && e.map.is_identity(e.node->shape())) {
      out.push_back(e.node);
    } else {  // a root that is a view, a source or a Concat: copied by a Program that does nothing
      const DType type = e.node->dtype();
      out.push_back(std::make_shared<MapNode>(identity_program(type), std::vector<ScalarParameter>{}, root->shape(),
                                              root->grid(), std::vector<Edge>{std::move(e)}));
    }
  }
  return out;
}

}  // namespace tessera
