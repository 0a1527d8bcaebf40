#include <tessera/core/ops/gather.hpp>

#include <algorithm>
#include <limits>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/gather_builder.hpp>

namespace tessera {
namespace {

constexpr std::int64_t gathered_chunk_bytes = 16 << 20;

// The cuts of the result: those of what is indexed, so that its rows stay whole; along other axes those of an index
// array, in chunks that are not too large.
ChunkGrid grid_of(const Array& x, const std::vector<Edge>& indices, const std::vector<GatherNode::Axis>& axes,
                  const Shape& shape) {
  std::vector<AxisChunks> cuts;
  for (const auto n : shape) cuts.push_back(AxisChunks::regular(n, std::max<std::int64_t>(1, n)));
  std::uint32_t given = 0;
  for (std::size_t j = 0; j < axes.size(); j++)
    if (const auto& a = axes[j].seen; axes[j].index < 0 && a.from >= 0) {
      cuts[a.from] = x.chunks().axis(static_cast<int>(j)).sliced(a.offset, a.stride, shape[a.from]);
      given |= 1u << a.from;
    }
  std::int64_t room = std::max<std::int64_t>(1, gathered_chunk_bytes / item_size(x.dtype()));
  for (int i = 0; i < shape.size(); i++)
    if (given >> i & 1u) room = std::max<std::int64_t>(1, room / std::max<std::int64_t>(1, cuts[i].longest()));
  for (int i = shape.size() - 1; i >= 0; i--) {
    if (given >> i & 1u) continue;
    for (const Edge& e : indices)
      for (int k = 0; k < e.map.input_rank(); k++)
        if (const auto& a = e.map.axis(k); a.from == i && e.node->shape()[k] == shape[i])
          cuts[i] = e.node->grid().axis(k).sliced(a.offset, a.stride, shape[i]);
    if (cuts[i].longest() > room) cuts[i] = AxisChunks::regular(shape[i], room);
    room = std::max<std::int64_t>(1, room / std::max<std::int64_t>(1, cuts[i].longest()));
  }
  return ChunkGrid(std::move(cuts));
}

// The axes of y, which basic items gave: which of them arrays and integers index.
struct Advanced {
  Array y;
  std::vector<int> axes;          // of y, ascending
  std::vector<ArrayIndex> items;  // one each
  bool neighbours = true;         // nothing between them
};

Advanced advanced_of(const Array& x, const std::vector<ArrayIndex>& items) {
  std::vector<Index> basic;
  std::vector<std::pair<std::size_t, const ArrayIndex*>> at;  // item number
  int axes = 0, ellipses = 0;
  for (const auto& item : items) {
    const Index* b = item.basic();
    const bool is_new = b && std::holds_alternative<NewAxis>(b->value());
    const bool rest = b && std::holds_alternative<Ellipsis>(b->value());
    ellipses += rest;
    axes += !is_new && !rest;
    if (!b || std::holds_alternative<std::int64_t>(b->value())) {
      at.emplace_back(basic.size(), &item);
      basic.push_back(Slice{});
    } else {
      basic.push_back(*b);
    }
  }
  Advanced a{x.index(basic), {}, {}};  // throws where there are too many
  for (std::size_t k = 0; k < at.size(); k++) {
    int axis = 0;
    for (std::size_t i = 0; i < at[k].first; i++)
      axis += std::holds_alternative<Ellipsis>(basic[i].value()) ? x.rank() - axes : 1;
    a.axes.push_back(axis);
    a.items.push_back(*at[k].second);
    if (k > 0 && at[k].first != at[k - 1].first + 1) a.neighbours = false;
  }
  return a;
}

}  // namespace

Array as_indices(const Array& a, const std::string& operation) {
  if (a.dtype() == DType::bool_)
    throw IndexError(operation +
                     ": a mask is no array of integers; what it selects is counted first: compress(x[mask])");
  if (!is_integer(a.dtype()))
    throw DTypeError(operation + ": indices are integers, not " + to_string(a.dtype()) + "; astype converts");
  if (a.dtype() == DType::int64) return a;
  if (a.dtype() == DType::uint64)  // out of range there, too
    return astype(minimum(a, Scalar(std::uint64_t{std::numeric_limits<std::int64_t>::max()})), DType::int64);
  return astype(a, DType::int64);
}

Array gathered(const Array& x, const std::vector<Array>& indices, const std::vector<IndexTransform>& maps,
               std::vector<GatherNode::Axis> axes, const Shape& shape, const std::string& operation) {
  if (num_elements(x.shape()) > most_gathered_from)
    throw ShapeError(operation + ": an array of shape " + to_string(x.shape()) +
                     " has more than 2^47 elements; slices of it may be indexed");
  std::vector<Edge> edges;
  for (std::size_t k = 0; k < indices.size(); k++) edges.push_back({as_indices(indices[k], operation).node(), maps[k]});
  ChunkGrid grid = grid_of(x, edges, axes, shape);
  return Array(std::make_shared<GatherNode>(Edge{x.node(), IndexTransform::identity(x.shape())}, std::move(edges),
                                            std::move(axes), maps, std::move(grid)));
}

Array index(const Array& x, const std::vector<ArrayIndex>& items) {
  if (std::none_of(items.begin(), items.end(), [](const ArrayIndex& i) { return i.array(); })) {
    std::vector<Index> basic;
    for (const auto& i : items) basic.push_back(*i.basic());
    return x.index(basic);
  }
  const Advanced a = advanced_of(x, items);
  const Array& y = a.y;
  Shape block;  // of the index arrays together
  for (const auto& i : a.items)
    if (i.array()) block = broadcast_shapes(block, i.array()->shape(), "index");
  const int first = a.neighbours ? a.axes[0] : 0;
  Shape shape;
  std::vector<GatherNode::Axis> axes;
  const auto put_block = [&] {
    for (const auto n : block) shape.push_back(n);
  };
  std::size_t next = 0;  // advanced
  for (int j = 0; j < y.rank(); j++) {
    if (j == 0 && first == 0) put_block();
    if (next < a.axes.size() && a.axes[next] == j) {
      if (j == first && first > 0) put_block();
      next++, axes.push_back({});
    } else {
      axes.push_back({-1, {shape.size(), 0, 1}});
      shape.push_back(y.shape()[j]);
    }
  }
  std::vector<Array> indices;
  std::vector<IndexTransform> maps;
  for (std::size_t k = 0; k < a.items.size(); k++) {
    GatherNode::Axis& axis = axes[static_cast<std::size_t>(a.axes[k])];
    if (const Array* i = a.items[k].array()) {
      std::vector<IndexTransform::Axis> seen = IndexTransform::broadcast(i->shape(), block).axes();
      for (auto& s : seen)
        if (s.from >= 0) s.from += first;
      axis.index = static_cast<int>(indices.size());
      indices.push_back(*i);
      maps.emplace_back(shape, std::move(seen));
      continue;
    }
    const std::int64_t i = std::get<std::int64_t>(a.items[k].basic()->value()), n = y.shape()[a.axes[k]];
    if (i < -n || i >= n)
      throw IndexError("index " + std::to_string(i) + " is out of range for axis " + std::to_string(a.axes[k]) +
                       " of length " + std::to_string(n));
    axis.seen = {-1, i < 0 ? i + n : i, 0};
  }
  return gathered(y, indices, maps, std::move(axes), shape, "index");
}

Array take(const Array& x, const Array& indices, std::optional<std::int64_t> axis) {
  if (!axis) {
    std::vector<ArrayIndex> items;
    if (x.rank() == 1) return index(x, {indices});
    const Array one = x.rank() == 0 ? x.index({newaxis}) : x;
    const Array places = as_indices(indices, "take");
    for (const auto& i : unravel_index(places, one.shape())) items.emplace_back(i);
    // What is out of range is so as an index of the first axis, too, where the error then has the place that was given.
    const std::int64_t n = one.size();
    const Array outside = logical_or(greater_equal(places, n), less(places, -n));
    if (one.rank() > 1) items[0] = where(outside, places, *items[0].array());
    return index(one, items);
  }
  const int at = normalize_axis(*axis, x.rank(), "take");
  std::vector<ArrayIndex> items(static_cast<std::size_t>(at), Slice{});
  items.emplace_back(indices);
  return index(x, items);
}

Array take_along_axis(const Array& x, const Array& indices, std::int64_t axis) {
  const int along = normalize_axis(axis, x.rank(), "take_along_axis");
  if (indices.rank() != x.rank())
    throw ShapeError("take_along_axis: an array of shape " + to_string(x.shape()) +
                     " takes indices of as many axes, not of shape " + to_string(indices.shape()));
  Shape others = x.shape(), theirs = indices.shape();
  others[along] = theirs[along] = 1;
  Shape shape = broadcast_shapes(others, theirs, "take_along_axis");
  shape[along] = indices.shape()[along];
  std::vector<GatherNode::Axis> axes;
  std::vector<IndexTransform::Axis> seen;
  for (int j = 0; j < x.rank(); j++) {
    const bool repeats = x.shape()[j] == 1 && shape[j] != 1;
    axes.push_back(j == along ? GatherNode::Axis{0, {}}
                   : repeats  ? GatherNode::Axis{-1, {-1, 0, 0}}
                              : GatherNode::Axis{-1, {j, 0, 1}});
    seen.push_back(indices.shape()[j] == shape[j] ? IndexTransform::Axis{j, 0, 1} : IndexTransform::Axis{-1, 0, 0});
  }
  return gathered(x, {indices}, {{shape, std::move(seen)}}, std::move(axes), shape, "take_along_axis");
}

std::vector<Array> unravel_index(const Array& places, const Shape& shape) {
  if (num_elements(shape) == 0 && places.size() > 0)
    throw ValueError("unravel_index: an array of shape " + to_string(shape) + " has no places");
  const Array p = as_indices(places, "unravel_index");
  std::vector<Array> indices;
  std::int64_t rest = 1;
  for (int i = shape.size() - 1; i >= 0; i--) {
    const std::int64_t n = std::max<std::int64_t>(1, shape[i]);
    const Array outer = rest == 1 ? p : floor_divide(p, rest);
    indices.insert(indices.begin(), i == 0 ? outer : remainder(outer, n));
    rest *= n;
  }
  return indices;
}

Array ravel_multi_index(const std::vector<Array>& indices, const Shape& shape, IndexMode mode) {
  if (static_cast<int>(indices.size()) != shape.size() || indices.empty())
    throw UsageError("ravel_multi_index: " + std::to_string(indices.size()) + " index arrays for shape " +
                     to_string(shape) + "; one an axis");
  std::optional<Array> places;
  for (int i = 0; i < shape.size(); i++) {
    Array at = as_indices(indices[static_cast<std::size_t>(i)], "ravel_multi_index");
    const std::int64_t n = shape[i];
    if (mode == IndexMode::wrap) at = remainder(at, std::max<std::int64_t>(1, n));
    if (mode == IndexMode::clip) at = minimum(maximum(at, std::int64_t{0}), std::max<std::int64_t>(0, n - 1));
    places = places ? *places * n + at : at;
  }
  return *places;
}

}  // namespace tessera
