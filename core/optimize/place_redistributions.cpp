// How an expression gets other chunks.
//   of files and generators   its Map is walked in the new chunks, and reads their boxes: nothing is in memory. Unless
//                             each chunk of a file would be read or decoded again and again: then as below
//   of arrays in memory       these are redistributed, each by itself, and the Map is walked in the new chunks, where
//                             that moves no more than twice the result; else the Map is kept, and redistributed
// A Reshape that has not passed to the sources (push_reshapes.hpp) wants what it reshapes in memory, in chunks that are
// runs: it is kept or redistributed for that.
// A Redistribute that stays has an input in memory: a resident Source, a Reduce, a Keep or another Redistribute.
#include <tessera/core/optimize/optimize.hpp>

#include <algorithm>
#include <unordered_map>

#include <tessera/core/axis_groups.hpp>
#include <tessera/core/optimize/multiplied.hpp>
#include <tessera/core/optimize/rewrite.hpp>

namespace tessera {
namespace {

double bytes_of(const Node& n, const Shape& seen) {
  double bytes = static_cast<double>(item_size(n.dtype()));
  for (const auto e : seen) bytes *= static_cast<double>(e);
  return bytes;
}

/// The nodes that make, or are made of, elements in memory, without going below those.
class MemoryBelow {
 public:
  bool operator()(const Node& top) {
    std::vector<const Node*> work{&top};
    while (!work.empty()) {
      const Node& n = *work.back();
      if (known_.count(&n)) {
        work.pop_back();
        continue;
      }
      const std::size_t before = work.size();
      if (!lies_in_memory(n))
        for (const auto& e : n.inputs())
          if (!known_.count(e.node.get())) work.push_back(e.node.get());
      if (work.size() > before) continue;
      known_[&n] = lies_in_memory(n) || std::any_of(n.inputs().begin(), n.inputs().end(),
                                                    [&](const Edge& e) { return known_.at(e.node.get()); });
      work.pop_back();
    }
    return known_.at(&top);
  }

 private:
  std::unordered_map<const Node*, bool> known_;
};

/// How often each chunk of a dataset that is seen through `map` is touched by the chunks of `grid`, at most.
double touches(const ChunkGrid& held, const IndexTransform& map, const ChunkGrid& grid) {
  double times = 1;
  for (int j = 0; j < map.input_rank(); j++)
    if (const auto& a = map.axis(j); a.from >= 0)
      times *= 1 + static_cast<double>(grid.axis(a.from).count() - 1) /
                       static_cast<double>(std::max<std::int64_t>(1, held.axis(j).count()));
  return times;
}

/// True when a dataset that is read in these chunks is read or decoded for most of them again: a compressed chunk is
/// decoded whole for each box that it is in, and of a dense one short pieces are read one by one.
bool is_read_again(const Edge& e, const ChunkGrid& grid) {
  constexpr double too_often = 3;
  constexpr std::int64_t short_piece = 1024;  // bytes
  if (e.node->kind() != NodeKind::source || as_source(*e.node).store() == nullptr || e.map.input_rank() == 0)
    return false;
  const StoreInfo& info = as_source(*e.node).store()->info();
  if (touches(info.grid, e.map, grid) < too_often) return false;
  if (!info.filters.empty()) return true;
  const auto& last = e.map.axis(e.map.input_rank() - 1);
  return last.from >= 0 && grid.axis(last.from).longest() * item_size(e.node->dtype()) < short_piece;
}

class Placer {
 public:
  explicit Placer(double array_bytes) : array_bytes_(array_bytes) {}

  /// What makes a Reshape of the edge: the operator wants its input in memory, in chunks that are runs.
  NodePtr place_reshape(const Edge& e, const ChunkGrid& grid) {
    const Node& n = *e.node;
    const Shape& from = e.map.output();
    if (from == grid.shape()) return place_diagonal(e, grid);
    const auto groups = axis_groups(from, grid.shape());
    const ChunkGrid seen = e.map.map_grid(n.grid());
    const ChunkGrid runs = in_runs(seen, ranges_from(groups), *flattened(grid, ranges_to(groups)));
    const bool as_it_is = e.map.is_identity(n.shape()) && runs == seen;
    const auto reshaped = [&](NodePtr node) -> NodePtr {
      return std::make_shared<ReshapeNode>(Edge{std::move(node), IndexTransform::identity(from)}, grid);
    };
    if (lies_in_memory(n) && as_it_is && has_dense_chunks(n)) return reshaped(e.node);
    if (lies_in_memory(n) && !e.map.repeats()) return reshaped(std::make_shared<RedistributeNode>(e, runs));
    if (!memory_below_(n) || runs == seen) return reshaped(kept(in_chunks(e, runs)));
    return reshaped(
        std::make_shared<RedistributeNode>(Edge{kept(in_chunks(e, seen)), IndexTransform::identity(from)}, runs));
  }

  /// What makes the elements of the edge in chunks of `grid`.
  NodePtr place(const Edge& e, const ChunkGrid& grid) {
    const Node& n = *e.node;
    const Shape shape = grid.shape();
    const NodePtr walked = in_chunks(e, grid);
    if (bytes_of(n, shape) > array_bytes_) return walked;
    if (lies_in_memory(n) && !e.map.repeats()) return std::make_shared<RedistributeNode>(e, grid);
    const auto& inputs = as_map(*walked).inputs();
    const bool reads_again =
        std::any_of(inputs.begin(), inputs.end(), [&](const Edge& in) { return is_read_again(in, grid); });
    if (!reads_again) {
      if (!memory_below_(n)) return walked;
      if (NodePtr over = over_redistributed(as_map(*walked), grid)) return over;
    }
    const NodePtr whole = in_chunks(e, e.map.map_grid(n.grid()));
    return std::make_shared<RedistributeNode>(Edge{kept(whole), IndexTransform::identity(shape)}, grid);
  }

 private:
  static NodePtr kept(const NodePtr& map) {
    return std::make_shared<KeepNode>(std::static_pointer_cast<const MapNode>(map), Kept{});
  }

  static bool has_dense_chunks(const Node& n) {
    return n.kind() != NodeKind::source || as_source(n).resident()->has_dense_chunks();
  }

  /// A view that sees one axis as two: of what is in memory it is made where that lies, since others would fetch the
  /// square around what they need.
  static NodePtr place_diagonal(const Edge& e, const ChunkGrid& grid) {
    const NodePtr walked = in_chunks(e, lies_in_memory(*e.node) ? e.map.map_grid(e.node->grid()) : grid);
    return lies_in_memory(*e.node) ? kept(walked) : walked;
  }

  /// The same as a Map in chunks of `grid`.
  static NodePtr in_chunks(const Edge& e, const ChunkGrid& grid) {
    if (e.node->kind() != NodeKind::map || !e.map.is_identity(e.node->shape())) return copy_of(e, grid.shape(), grid);
    const auto& m = as_map(*e.node);
    const auto scalars = m.scalars();
    return std::make_shared<MapNode>(m.program(), std::vector<ScalarParameter>(scalars.begin(), scalars.end()),
                                     m.shape(), grid, m.inputs());
  }

  /// A Map whose inputs in memory are redistributed; null where these are together more than twice the result, or lie
  /// below others.
  NodePtr over_redistributed(const MapNode& m, const ChunkGrid& grid) {
    double moved = 0;
    std::vector<Edge> inputs = m.inputs();
    for (auto& e : inputs) {
      const Node& n = *e.node;
      if (!lies_in_memory(n)) {
        if (memory_below_(n)) return nullptr;
      } else if (!e.map.repeats()) {
        moved += bytes_of(n, m.shape());
        e = {std::make_shared<RedistributeNode>(e, grid), IndexTransform::identity(m.shape())};
      }
    }
    return moved <= 2 * bytes_of(m, m.shape()) ? m.with_inputs(std::move(inputs)) : nullptr;
  }

  double array_bytes_;
  MemoryBelow memory_below_;
};

}  // namespace

std::vector<NodePtr> place_redistributions(const std::vector<NodePtr>& roots, double array_bytes) {
  const std::vector<NodePtr> order = topological_order(roots);
  if (std::none_of(order.begin(), order.end(), [](const NodePtr& n) {
        return n->kind() == NodeKind::redistribute || n->kind() == NodeKind::reshape;
      }))
    return roots;
  Placer placer(array_bytes);  // remembers addresses, of nodes that live as long as it
  return rewritten(order, roots, [&](const NodePtr& n, std::vector<Edge> inputs) {
    if (n->kind() == NodeKind::redistribute) return placer.place(inputs[0], n->grid());
    if (n->kind() == NodeKind::reshape) return placer.place_reshape(inputs[0], n->grid());
    return over(n, std::move(inputs));
  });
}

}  // namespace tessera
