// Views down to the sources. A request (node, transform) asks for the node's elements under a transform, and is
// answered by an edge. transform = broadcast o slice: the slice part (every axis matters) goes through Maps to their
// inputs, through Reduces and Selects on kept axes, through Scans and Sorts on the others, through Redistributes and to
// the parts of a Concat; the broadcast part stays on the edge, so that nothing is computed twice for being repeated. A
// node that is kept is asked for whole, one that is made with a halo for all views together, and both are seen through the edge.
// Requests are worked off a list, not by recursion: graphs may be 10 000 nodes deep.
#include <tessera/core/optimize/optimize.hpp>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include <tessera/core/optimize/built_graph.hpp>
#include <tessera/core/optimize/concat_views.hpp>
#include <tessera/core/optimize/multiplied.hpp>
#include <tessera/core/optimize/view_requests.hpp>

namespace tessera {
namespace {

class Pusher {
 public:
  Pusher(const BuiltGraph& graph, const Keeping& keeping) : graph_(graph), keeping_(keeping) {}
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
  const Kept* kept(const Node& n) const {
    const auto k = keeping_.nodes.find(&n);
    return k == keeping_.nodes.end() ? nullptr : &k->second;
  }
  bool asked_whole(const Node& n) const {
    return kept(n) || n.kind() == NodeKind::reshape || n.kind() == NodeKind::keep || n.kind() == NodeKind::scatter ||
           n.kind() == NodeKind::mask_count || n.kind() == NodeKind::compress || n.kind() == NodeKind::contract ||
           n.kind() == NodeKind::group || n.kind() == NodeKind::chunk_call;
  }
  /// The part of a node that is asked for in the place of all views of it.
  std::optional<Box> seen_part(const Node& n) const {
    if (const auto w = keeping_.haloed.find(&n); w != keeping_.haloed.end()) return w->second;
    return asked_whole(n) ? std::optional(Box::whole(n.shape())) : std::nullopt;
  }

  std::vector<ViewRequest> needed(const ViewRequest& r) const {
    if (const auto part = seen_part(*r.node); part && !(r.transform == slice_of(*part)))
      return {{r.node, slice_of(*part)}};
    return requests_below(r);
  }

  Edge answer(const ViewRequest& r, const std::vector<ViewRequest>& needs) const {
    std::vector<Edge> inputs;
    for (const auto& need : needs) inputs.push_back(answers_.at(need));
    const Kept* reason = kept(*r.node);
    if (const auto part = seen_part(*r.node); part && !(r.transform == slice_of(*part)))
      return {inputs[0].node, within(r.transform, *part).then(inputs[0].map)};
    Edge e = visit_node(*r.node,
                        overloaded{[&](const SourceNode& n) { return seen(n, r); },
                                   [&](const ViewNode&) { return inputs[0]; },
                                   [&](const QuantityNode&) { return inputs[0]; },
                                   [&](const ConcatNode& n) { return seen(n, r.transform, std::move(inputs)); },
                                   [&](const MapNode& n) { return seen(n, r.transform, std::move(inputs)); },
                                   [&](const CallNode& n) { return seen(n, r.transform, std::move(inputs)); },
                                   [&](const ChunkCallNode& n) { return seen(n, std::move(inputs)); },
                                   [&](const ReduceNode& n) { return seen(n, r.transform, std::move(inputs)); },
                                   [&](const RedistributeNode& n) { return seen(n, r.transform, std::move(inputs)); },
                                   [&](const ReshapeNode& n) -> Edge {
                                     return {n.with_inputs(std::move(inputs)), IndexTransform::identity(n.shape())};
                                   },
                                   [&](const ScanNode& n) { return seen(n, r.transform, std::move(inputs)); },
                                   [&](const GatherNode& n) { return seen(n, r.transform, std::move(inputs)); },
                                   [&](const ScatterNode& n) { return walked_whole(n, std::move(inputs)); },
                                   [&](const MaskCountNode& n) { return walked_whole(n, std::move(inputs)); },
                                   [&](const CompressNode& n) { return walked_whole(n, std::move(inputs)); },
                                   [&](const SortNode& n) { return seen(n, r.transform, std::move(inputs)); },
                                   [&](const ContractNode& n) { return seen(n, r.transform, std::move(inputs)); },
                                   [&](const SearchNode& n) { return seen(n, r.transform, std::move(inputs)); },
                                   [&](const GroupNode& n) { return seen(n, std::move(inputs)); },
                                   [&](const StencilNode& n) { return seen(n, r.transform, std::move(inputs)); },
                                   [&](const SelectNode& n) { return seen(n, r.transform, std::move(inputs)); },
                                   [&](const KeepNode& n) { return in_memory_whole(inputs[0], n, n.reason()); }});
    return reason ? in_memory_whole(std::move(e), *r.node, *reason) : e;
  }

  // A node that is kept, where it is asked for whole.
  static Edge in_memory_whole(Edge e, const Node& n, const Kept& reason) {
    if (e.node->is_made_whole()) return e;  // a Reduce, Scan or Sort, however it is seen
    std::shared_ptr<const MapNode> map;
    if (e.node->kind() == NodeKind::map && e.map.is_identity(e.node->shape()))
      map = std::static_pointer_cast<const MapNode>(e.node);
    else
      map = copy_of(std::move(e), n.shape(), n.grid());
    return {std::make_shared<KeepNode>(std::move(map), reason), IndexTransform::identity(n.shape())};
  }

  Edge seen(const SourceNode& n, const ViewRequest& r) const {
    const ScalarParameter* fill = n.fill();
    if (!fill || fill->origin >= 0) return {r.node, r.transform};
    ScalarParameter numbered = *fill;
    numbered.origin = graph_.number(n);
    return {std::make_shared<SourceNode>(n.dtype(), n.shape(), n.grid(), FillSource{std::move(numbered)}), r.transform};
  }

  static Edge seen(const ConcatNode& n, const IndexTransform& transform, std::vector<Edge> parts) {
    const auto [broadcast, slice] = split(transform);
    if (parts.size() == 1) return {parts[0].node, broadcast.then(parts[0].map)};
    for (auto& e : parts) e = in_memory(std::move(e));
    return {concat_of(n, slice, views_of_parts(n, slice), std::move(parts)), broadcast};
  }

  Edge seen(const MapNode& n, const IndexTransform& transform, std::vector<Edge> inputs) const {
    const auto [broadcast, slice] = split(transform);
    return {std::make_shared<MapNode>(n.program(), with_origin(n), slice.output(),
                                      passed(n, transform).map_grid(n.grid()), std::move(inputs)),
            broadcast};
  }

  static Edge seen(const CallNode& n, const IndexTransform& transform, std::vector<Edge> inputs) {
    const auto [broadcast, slice] = split(transform);
    for (auto& e : inputs) e = in_memory(std::move(e));
    return {std::make_shared<CallNode>(std::move(inputs), slice.map_grid(n.grid()), n.function()), broadcast};
  }

  // Whole.
  static Edge seen(const ChunkCallNode& n, std::vector<Edge> inputs) {
    for (std::size_t k = 0; k < inputs.size(); k++) {
      inputs[k] = in_memory(std::move(inputs[k]));
      inputs[k].map = n.inputs()[k].map.then(inputs[k].map);
    }
    return {n.with_inputs(std::move(inputs)), IndexTransform::identity(n.shape())};
  }

  Edge seen(const ReduceNode& n, const IndexTransform& transform, std::vector<Edge> inputs) const {
    const auto [broadcast, slice] = split(transform);
    auto reduce =
        std::make_shared<ReduceNode>(n.program(), with_origin(n), std::move(inputs),
                                     passed(n, transform).map_grid(n.domain()), n.reduced(), n.fold(), n.epilogue());
    if (slice.is_identity(n.shape())) return {std::move(reduce), broadcast};
    if (auto d = slice_domain(n, slice)) return {std::move(reduce), broadcast.then(d->result)};
    return {std::move(reduce), transform};
  }

  Edge seen(const ScanNode& n, const IndexTransform& transform, std::vector<Edge> inputs) const {
    const auto [broadcast, slice] = split(transform);
    DomainSlice d = slice_domain(n, slice);
    auto scan = std::make_shared<ScanNode>(n.program(), with_origin(n), std::move(inputs), d.domain.map_grid(n.grid()),
                                           n.axis(), n.scan().kind);
    return {std::move(scan), broadcast.then(d.result)};
  }

  static Edge seen(const SearchNode& n, const IndexTransform& transform, std::vector<Edge> inputs) {
    const auto [broadcast, slice] = split(transform);
    auto search = std::make_shared<SearchNode>(in_memory(std::move(inputs[0])), held(std::move(inputs[1])),
                                               slice.map_grid(n.grid()), n.right());
    return {std::move(search), broadcast};
  }

  // Whole.
  static Edge seen(const GroupNode& n, std::vector<Edge> inputs) {
    const std::size_t elements = n.elements().size();
    for (std::size_t k = 0; k < inputs.size(); k++)
      inputs[k] = k < elements ? in_memory(std::move(inputs[k])) : held(std::move(inputs[k]));
    return {n.with_inputs(std::move(inputs)), IndexTransform::identity(n.shape())};
  }

  // A slice is a stencil of the slice that knows what lies around it. What tiles can't walk, steps on an axis along which
  // taps reach or one that is dropped, is seen of one that is kept.
  static Edge seen(const StencilNode& n, const IndexTransform& transform, std::vector<Edge> inputs) {
    const auto [broadcast, slice] = split(transform);
    const DomainSlice d = slice_domain(n, slice);
    const IndexTransform below = passed(n, d.domain);
    std::vector<IndexTransform::Axis> shift = IndexTransform::identity(d.domain.output()).axes();
    for (std::size_t i = 0; i < shift.size(); i++) {
      const int axis = static_cast<int>(i);
      shift[i].offset = d.domain.axis(axis).offset - below.axis(axis).offset;
    }
    Edge input = in_memory(std::move(inputs[0]));
    input.map = IndexTransform(d.domain.output(), std::move(shift)).then(input.map);
    Edge e{n.sliced(d.domain, std::move(input)), broadcast.then(d.result)};
    bool walked = true;
    for (int i = 0; i < e.map.input_rank(); i++) {
      const auto& a = e.map.axis(i);
      const auto along =
          std::count_if(e.map.axes().begin(), e.map.axes().end(), [&](const auto& o) { return o.from == a.from; });
      const bool alone = a.from >= 0 && along == 1;
      if (!alone && reaches_further(*e.node)) walked = false;
      if (n.stencil()->reaches(i)) walked = walked && alone && a.stride == 1;
    }
    if (walked) return e;
    const Shape shape = e.node->shape();
    const ChunkGrid grid = e.node->grid();
    auto copy = copy_of({e.node, IndexTransform::identity(shape)}, shape, grid);
    return {std::make_shared<KeepNode>(std::move(copy), Kept{}), std::move(e.map)};
  }

  // True of a stencil that is made of a Concat in the tile, or of another stencil: around a single index of an axis, or along a
  // diagonal, which parts it touches, and how far the other one reaches, can't be told from the traversal.
  static bool reaches_further(const Node& n) {
    std::vector<const Node*> work{&n};
    std::unordered_set<const Node*> visited;
    while (!work.empty()) {
      const Node* at = work.back();
      work.pop_back();
      if (at->is_made_whole() || !visited.insert(at).second) continue;
      if (at->kind() == NodeKind::concat || (at->kind() == NodeKind::stencil && at != &n)) return true;
      for (const Edge& e : at->inputs()) work.push_back(e.node.get());
    }
    return false;
  }

  // An array that is in memory as it is; others are kept.
  static Edge held(Edge e) {
    const bool there = e.node->is_made_whole() || (e.node->kind() == NodeKind::source && as_source(*e.node).resident());
    const bool as_it_is = e.map.is_identity(e.node->shape());
    if (there && as_it_is) return e;
    const Shape shape = e.map.output();
    std::shared_ptr<const MapNode> map;
    if (e.node->kind() == NodeKind::map && as_it_is)
      map = std::static_pointer_cast<const MapNode>(e.node);
    else
      map = copy_of(e, shape, e.map.map_grid(e.node->grid()));
    return {std::make_shared<KeepNode>(std::move(map), Kept{}), IndexTransform::identity(shape)};
  }

  Edge seen(const SortNode& n, const IndexTransform& transform, std::vector<Edge> inputs) const {
    const auto [broadcast, slice] = split(transform);
    DomainSlice d = slice_domain(n, slice);
    auto sort = std::make_shared<SortNode>(in_memory(std::move(inputs[0])), d.domain.map_grid(n.domain()), n.axis(),
                                           n.sort(), n.range());
    return {std::move(sort), broadcast.then(d.result)};
  }

  Edge seen(const SelectNode& n, const IndexTransform& transform, std::vector<Edge> inputs) const {
    const auto [broadcast, slice] = split(transform);
    DomainSlice d = slice_domain(n, slice);
    auto select = std::make_shared<SelectNode>(n.program(), with_origin(n), std::move(inputs),
                                               d.domain.map_grid(n.domain()), n.selection());
    return {std::move(select), broadcast.then(d.result)};
  }

  static Edge seen(const RedistributeNode& n, const IndexTransform& transform, std::vector<Edge> inputs) {
    const auto [broadcast, slice] = split(transform);
    const IndexTransform below = passed(n, transform);
    auto redistribute = std::make_shared<RedistributeNode>(std::move(inputs[0]), below.map_grid(n.grid()));
    return {std::move(redistribute), below == slice ? broadcast : transform};
  }

  // A part of it that is asked for, of whole chunks.
  static Edge seen(const ContractNode& n, const IndexTransform& part, std::vector<Edge> operands) {
    for (auto& e : operands) e = multiplied(in_memory(std::move(e)));
    return {n.sliced(part.map(Box::whole(part.output())), std::move(operands)),
            IndexTransform::identity(part.output())};
  }

  static Edge walked_whole(const Node& n, std::vector<Edge> inputs) {
    for (auto& e : inputs) e = in_memory(std::move(e));
    return {n.with_inputs(std::move(inputs)), IndexTransform::identity(n.shape())};
  }

  Edge seen(const GatherNode& n, const IndexTransform& transform, std::vector<Edge> inputs) const {
    inputs[0] = indexed(std::move(inputs[0]));
    for (std::size_t k = 1; k < inputs.size(); k++) inputs[k] = in_memory(std::move(inputs[k]));
    const auto [broadcast, slice] = split(transform);
    const IndexTransform below = passed(n, transform);
    return {n.sliced(below, std::move(inputs)), below == slice ? broadcast : transform};
  }

  // What is indexed: a source that is read where it is wanted, or what is made whole before.
  static Edge indexed(Edge e) {
    const bool fill = e.node->kind() == NodeKind::source && as_source(*e.node).fill();
    if (e.node->is_made_whole() || (e.node->kind() == NodeKind::source && !fill)) return e;
    constexpr Kept reason{.indexed = true};
    if (e.node->kind() == NodeKind::map)
      return {std::make_shared<KeepNode>(std::static_pointer_cast<const MapNode>(e.node), reason), std::move(e.map)};
    const Shape shape = e.map.output();
    ChunkGrid grid = e.map.map_grid(e.node->grid());
    auto copy = copy_of(std::move(e), shape, std::move(grid));
    return {std::make_shared<KeepNode>(std::move(copy), reason), IndexTransform::identity(shape)};
  }

  // A part that is one value (a fill) becomes a Map that computes it: what a Concat or a Sort reads must be elements.
  static Edge in_memory(Edge e) {
    if (e.node->kind() != NodeKind::source || !as_source(*e.node).fill()) return e;
    const Shape shape = e.map.output();
    return {copy_of(std::move(e), shape, ChunkGrid::regular(shape, shape)), IndexTransform::identity(shape)};
  }

  std::vector<ScalarParameter> with_origin(const Node& n) const {
    std::vector<ScalarParameter> scalars(n.scalars().begin(), n.scalars().end());
    for (std::uint32_t i = 0; i < scalars.size(); i++)
      if (scalars[i].origin < 0 && !scalars[i].folded) scalars[i].origin = graph_.number(n), scalars[i].index = i;
    return scalars;
  }

  const BuiltGraph& graph_;
  const Keeping& keeping_;
  std::unordered_map<ViewRequest, Edge, ViewRequestHash> answers_;
};

}  // namespace

std::vector<NodePtr> push_views(const std::vector<NodePtr>& roots, const Keeping& keeping) {
  const BuiltGraph graph(roots);
  Pusher pusher(graph, keeping);
  std::vector<NodePtr> out;
  for (const auto& root : roots) {
    Edge e = pusher.push(root, IndexTransform::identity(root->shape()));
    const bool computed = e.node->kind() == NodeKind::map || e.node->is_made_whole();
    if (computed && e.map.is_identity(e.node->shape()))
      out.push_back(e.node);
    else  // a root that is a view, a source or a Concat: copied by a Program that does nothing
      out.push_back(copy_of(std::move(e), root->shape(), root->grid()));
  }
  return out;
}

}  // namespace tessera
