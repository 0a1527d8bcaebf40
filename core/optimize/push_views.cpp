// Views down to the sources. A request (node, transform) asks for the node's elements under a transform, and is
// answered by an edge. transform = broadcast o slice: the slice part (every axis matters) goes through Maps to their
// inputs, through Reduces on kept axes and to the parts of a Concat; the broadcast part stays on the edge, so that
// nothing is computed twice for being repeated. A node that is kept is asked for whole, and seen through the edge.
// Requests are worked off a list, not by recursion: graphs may be 10 000 nodes deep.
#include <tessera/core/optimize/optimize.hpp>

#include <unordered_map>

#include <tessera/core/optimize/built_graph.hpp>
#include <tessera/core/optimize/concat_views.hpp>
#include <tessera/core/optimize/view_requests.hpp>

namespace tessera {
namespace {

NodePtr copied(Edge e, const Shape& shape, ChunkGrid grid, std::optional<Kept> kept = {}) {
  const DType type = e.node->dtype();
  return std::make_shared<MapNode>(identity_program(type), std::vector<ScalarParameter>{}, shape, std::move(grid),
                                   std::vector<Edge>{std::move(e)}, kept);
}

class Pusher {
 public:
  Pusher(const BuiltGraph& graph, const KeptNodes& kept) : graph_(graph), kept_nodes_(kept) {}
  Edge push(const NodePtr& node, const IndexTransform& transform) {
    std::vector<ViewRequest> work{{graph_.first(*node), transform}};
    const ViewRequest first = work.front();
    while (!work.empty()) {
      const ViewRequest r = work.back();
      if (answers_.count(r)) {
        work.pop_back();
        continue;
      }
      auto needs = needed(r);
      for (auto& n : needs) n.node = graph_.first(*n.node);
      const std::size_t before = work.size();
      for (const auto& n : needs)
        if (!answers_.count(n)) work.push_back(n);
      if (work.size() > before) continue;
      answers_.emplace(r, answer(r, needs));
      work.pop_back();
    }
    return answers_.at(first);
  }

 private:
  std::optional<Kept> kept(const Node& n) const {
    const auto k = kept_nodes_.find(&n);
    return k == kept_nodes_.end() ? std::nullopt : std::optional<Kept>(k->second);
  }
  static bool whole(const ViewRequest& r) { return r.transform.is_identity(r.node->shape()); }

  std::vector<ViewRequest> needed(const ViewRequest& r) const {
    if (kept(*r.node) && !whole(r)) return {{r.node, IndexTransform::identity(r.node->shape())}};
    return requests_below(r);
  }

  Edge answer(const ViewRequest& r, const std::vector<ViewRequest>& needs) const {
    const Node& n = *r.node;
    const auto keep = kept(n);
    if (keep && !whole(r)) {
      const Edge& e = answers_.at(needs[0]);
      return {e.node, r.transform.then(e.map)};
    }
    if (n.kind() == NodeKind::source) {
      if (keep) return {copied({r.node, r.transform}, n.shape(), n.grid(), keep), r.transform};
      const auto* fill = as_source(n).fill();
      if (!fill || fill->origin >= 0) return {r.node, r.transform};
      return {std::make_shared<SourceNode>(n.dtype(), n.shape(), n.grid(), FillSource{fill->value, graph_.number(n)}),
              r.transform};
    }
    if (n.kind() == NodeKind::view) return answers_.at(needs[0]);
    std::vector<Edge> inputs;
    for (const auto& need : needs) inputs.push_back(answers_.at(need));
    const auto [broadcast, slice] = split(r.transform);
    if (n.kind() == NodeKind::concat) {
      Edge e = joined(as_concat(n), broadcast, slice, std::move(inputs));
      if (!keep) return e;
      return {copied(std::move(e), n.shape(), n.grid(), keep), r.transform};
    }
    const IndexTransform t = passed(r);
    if (n.kind() == NodeKind::map) {
      const auto& m = as_map(n);
      return {std::make_shared<MapNode>(m.program(), with_origin(m.scalars(), n), slice.output(), t.map_grid(m.grid()),
                                        std::move(inputs), keep),
              broadcast};
    }
    const auto& m = as_reduce(n);
    auto reduce = std::make_shared<ReduceNode>(m.program(), with_origin(m.scalars(), n), std::move(inputs),
                                               t.map_grid(m.domain()), m.reduced(), m.fold(), m.epilogue());
    if (slice.is_identity(n.shape())) return {std::move(reduce), broadcast};
    if (auto d = slice_domain(m, slice)) return {std::move(reduce), broadcast.then(d->result)};
    return {std::move(reduce), r.transform};
  }

  static Edge joined(const ConcatNode& c, const IndexTransform& broadcast, const IndexTransform& slice,
                     std::vector<Edge> parts) {
    if (parts.size() == 1) return {parts[0].node, broadcast.then(parts[0].map)};
    for (auto& e : parts) e = in_memory(std::move(e));
    return {concat_of(c, slice, views_of_parts(c, slice), std::move(parts)), broadcast};
  }

  // A part that is one value (a fill) becomes a Map that computes it: what a Concat reads must be elements.
  static Edge in_memory(Edge e) {
    if (e.node->kind() != NodeKind::source || !as_source(*e.node).fill()) return e;
    const Shape shape = e.map.output();
    return {copied(std::move(e), shape, ChunkGrid::regular(shape, shape)), IndexTransform::identity(shape)};
  }

  std::vector<ScalarParameter> with_origin(std::vector<ScalarParameter> scalars, const Node& n) const {
    for (std::uint32_t i = 0; i < scalars.size(); i++)
      if (scalars[i].origin < 0 && !scalars[i].folded) scalars[i].origin = graph_.number(n), scalars[i].index = i;
    return scalars;
  }

  const BuiltGraph& graph_;
  const KeptNodes& kept_nodes_;
  std::unordered_map<ViewRequest, Edge, ViewRequestHash> answers_;
};

}  // namespace

std::vector<NodePtr> push_views(const std::vector<NodePtr>& roots, const KeptNodes& kept) {
  const BuiltGraph graph(roots);
  Pusher pusher(graph, kept);
  std::vector<NodePtr> out;
  for (const auto& root : roots) {
    Edge e = pusher.push(root, IndexTransform::identity(root->shape()));
    const bool computed = e.node->kind() == NodeKind::map || e.node->kind() == NodeKind::reduce;
    if (computed && e.map.is_identity(e.node->shape()))
      out.push_back(e.node);
    else  // a root that is a view, a source or a Concat: copied by a Program that does nothing
      out.push_back(copied(std::move(e), root->shape(), root->grid()));
  }
  return out;
}

}  // namespace tessera
