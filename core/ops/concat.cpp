#include <tessera/core/ops/concat.hpp>

#include <algorithm>
#include <cmath>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/shape_functions.hpp>

namespace tessera {
namespace {

DType common_dtype(const std::vector<Array>& arrays) {
  DType type = arrays[0].dtype();
  for (const auto& a : arrays) type = promote(type, a.dtype());
  return type;
}

/// Chunks of a joined axis that needs a table of them: half a MiB, whatever is joined.
constexpr std::int64_t most_chunks = 64 << 10;

// Where the cuts go on as they begin, [0, 4) [4, 8) | [0, 4) [4, 6), they need no table, however many there are.
std::optional<AxisChunks> regular_cuts(const std::vector<Array>& parts, int axis) {
  const std::int64_t chunk = parts[0].chunks().axis(axis).longest();
  std::int64_t extent = 0;
  for (const auto& p : parts) {
    const auto& cuts = p.chunks().axis(axis);
    const bool goes_on = extent % chunk == 0 && cuts.is_uniform();
    if (!goes_on || (cuts.count() > 1 ? cuts.length(0) != chunk : cuts.extent() > chunk)) return std::nullopt;
    extent += cuts.extent();
  }
  return AxisChunks::regular(extent, chunk);
}

// The parts' cuts one after another along `axis`, in groups of neighbours where there are too many; elsewhere those of
// the largest part.
ChunkGrid grid_of(const std::vector<Array>& parts, int axis) {
  const auto largest =
      std::max_element(parts.begin(), parts.end(), [](const Array& a, const Array& b) { return a.size() < b.size(); });
  const auto with_axis = [&](const AxisChunks& joined) {
    std::vector<AxisChunks> axes;
    for (int i = 0; i < parts[0].rank(); i++) axes.push_back(i == axis ? joined : largest->chunks().axis(i));
    return ChunkGrid(std::move(axes));
  };
  if (const auto regular = regular_cuts(parts, axis)) return with_axis(*regular);
  double all = 0;  // more than 2^63 in sum, maybe
  for (const auto& p : parts) all += static_cast<double>(p.chunks().axis(axis).count());
  const auto group = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(all / double{most_chunks})));
  std::vector<std::int64_t> lengths;
  for (const auto& p : parts) {
    const auto& cuts = p.chunks().axis(axis);
    for (std::int64_t k = 0; k < cuts.count();) {
      const std::int64_t next = cuts.count() - k > group ? k + group : cuts.count();
      lengths.push_back(cuts.bound(next) - cuts.bound(k));
      k = next;
    }
  }
  return with_axis(AxisChunks::irregular(lengths));
}

}  // namespace

Array concat(const std::vector<Array>& arrays, std::int64_t axis) {
  if (arrays.empty()) throw UsageError("concat: needs at least one array");
  for (const auto& a : arrays)
    if (a.rank() == 0) throw ShapeError("concat: a 0-d array has no axis to join along; stack makes one");
  const int rank = arrays[0].rank(), along = normalize_axis(axis, rank, "concat");
  for (const auto& a : arrays) {
    bool fits = a.rank() == rank;
    for (int i = 0; fits && i < rank; i++) fits = i == along || a.shape()[i] == arrays[0].shape()[i];
    if (!fits)
      throw ShapeError("concat: shapes " + to_string(arrays[0].shape()) + " and " + to_string(a.shape()) +
                       " must be equal but for axis " + std::to_string(along));
  }
  const DType type = common_dtype(arrays);
  std::vector<Array> parts;
  for (const auto& a : arrays)
    if (a.shape()[along] > 0) parts.push_back(astype(a, type));
  if (parts.empty()) return astype(arrays[0], type);
  if (parts.size() == 1) return parts[0];

  std::vector<std::int64_t> starts{0};
  for (const auto& p : parts)
    if (std::int64_t end = 0; __builtin_add_overflow(starts.back(), p.shape()[along], &end))
      throw ShapeError("concat: the axis would be longer than 2^63 - 1");
    else
      starts.push_back(end);
  Shape shape = parts[0].shape();
  shape[along] = starts.back();
  static_cast<void>(num_elements(shape));  // throws when there are too many
  std::vector<Edge> edges;
  for (std::size_t k = 0; k < parts.size(); k++) {
    std::vector<IndexTransform::Axis> axes = IndexTransform::identity(shape).axes();
    axes[along].offset = -starts[k];
    edges.push_back({parts[k].node(), IndexTransform(shape, std::move(axes))});
  }
  return Array(std::make_shared<ConcatNode>(type, grid_of(parts, along), along, std::move(starts), std::move(edges)));
}

Array stack(const std::vector<Array>& arrays, std::int64_t axis) {
  if (arrays.empty()) throw UsageError("stack: needs at least one array");
  const int at = normalize_axis(axis, arrays[0].rank() + 1, "stack");
  std::vector<Array> parts;
  for (const auto& a : arrays) {
    if (!(a.shape() == arrays[0].shape()))
      throw ShapeError("stack: shapes " + to_string(arrays[0].shape()) + " and " + to_string(a.shape()) + " differ");
    parts.push_back(expand_dims(a, at));
  }
  return concat(parts, at);
}

std::vector<Array> unstack(const Array& x, std::int64_t axis) {
  if (x.rank() == 0) throw ShapeError("unstack: a 0-d array has no axis");
  const int at = normalize_axis(axis, x.rank(), "unstack");
  std::vector<Index> items(static_cast<std::size_t>(at), Index(Slice{}));
  items.emplace_back(0);
  std::vector<Array> parts;
  for (std::int64_t i = 0; i < x.shape()[at]; i++) {
    items.back() = Index(i);
    parts.push_back(x.index(items));
  }
  return parts;
}

std::vector<Array> broadcast_arrays(const std::vector<Array>& arrays) {
  if (arrays.empty()) return {};
  Shape shape = arrays[0].shape();
  for (const auto& a : arrays) shape = broadcast_shapes(shape, a.shape(), "broadcast_arrays");
  std::vector<Array> out;
  for (const auto& a : arrays) out.push_back(broadcast_to(a, shape));
  return out;
}

}  // namespace tessera
