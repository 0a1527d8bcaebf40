#include <tessera/core/axis_groups.hpp>

#include <algorithm>

namespace tessera {
namespace {

// Flattened cuts are a table where they are not regular.
constexpr std::int64_t most_cuts = std::int64_t{1} << 24;

std::int64_t length_of(const Shape& shape) {
  std::int64_t n = 1;
  for (const auto e : shape) n *= e;
  return n;
}

std::vector<AxisChunks> axes_of(const ChunkGrid& grid, const AxisRange& range) {
  std::vector<AxisChunks> axes;
  for (int i = range.begin; i < range.end; i++) axes.push_back(grid.axis(i));
  return axes;
}

/// The axes as one; nothing when their chunks are no runs.
std::optional<AxisChunks> as_one(const std::vector<AxisChunks>& axes) {
  if (axes.empty()) return AxisChunks::regular(1, 1);
  if (axes.size() == 1) return axes[0];
  std::int64_t all = 1;
  for (const auto& a : axes) all *= a.extent();
  if (all == 0) return AxisChunks::regular(0, 1);
  std::size_t cut = 0;
  while (cut + 1 < axes.size() && axes[cut].longest() == 1) cut++;
  std::int64_t outer = 1, inner = 1;
  for (std::size_t i = 0; i < axes.size(); i++) {
    if (i < cut) outer *= axes[i].extent();
    if (i > cut) inner *= axes[i].extent();
    if (i > cut && axes[i].count() > 1) return std::nullopt;
  }
  const AxisChunks& a = axes[cut];
  if (a.is_uniform() && (outer == 1 || a.extent() % a.length(0) == 0))
    return AxisChunks::regular(all, a.length(0) * inner);
  if (a.count() > most_cuts / outer) return std::nullopt;
  std::vector<std::int64_t> lengths;
  for (std::int64_t o = 0; o < outer; o++)
    for (std::int64_t k = 0; k < a.count(); k++) lengths.push_back(a.length(k) * inner);
  return AxisChunks::irregular(lengths);
}

/// Axes of `shape` that are cut where `one` is; nothing where they can't be.
std::optional<std::vector<AxisChunks>> cut_as(const AxisChunks& one, const Shape& shape) {
  if (shape.size() == 1) return std::vector{one};
  std::int64_t inner = length_of(shape), outer = 1;
  if (inner == 0 || one.longest() == 0) return std::nullopt;
  for (int k = 0; k < shape.size(); k++) {
    inner /= shape[k];
    std::vector<std::int64_t> lengths;
    std::int64_t at = 0;
    // The cuts within the first index of the axes before; where all repeat them, as_one finds the same again.
    for (std::int64_t c = 0; c < one.count() && at < shape[k]; c++) {
      if (one.length(c) % inner != 0) break;
      lengths.push_back(one.length(c) / inner);
      at += lengths.back();
      if (outer > 1 && lengths.size() > 1 && one.is_uniform() && shape[k] % lengths[0] != 0) break;
    }
    if (at == shape[k]) {
      std::vector<AxisChunks> axes;
      for (int i = 0; i < shape.size(); i++)
        axes.push_back(i == k ? AxisChunks::irregular(lengths) : AxisChunks::regular(shape[i], i < k ? 1 : shape[i]));
      if (const auto same = as_one(axes); same && *same == one) return axes;
    }
    outer *= shape[k];
  }
  return std::nullopt;
}

/// Chunks of about `elements`: whole axes from the last one on.
std::vector<AxisChunks> runs_of(const Shape& shape, std::int64_t elements) {
  std::vector<AxisChunks> axes(static_cast<std::size_t>(shape.size()));
  std::int64_t left = std::max<std::int64_t>(1, elements);
  for (int i = shape.size() - 1; i >= 0; i--) {
    const std::int64_t chunk = std::clamp<std::int64_t>(left, 1, std::max<std::int64_t>(1, shape[i]));
    axes[i] = AxisChunks::regular(shape[i], chunk);
    left = chunk < shape[i] ? 1 : left / chunk;
  }
  return axes;
}

}  // namespace

std::vector<AxisGroup> axis_groups(const Shape& from, const Shape& to) {
  if (length_of(from) == 0) return {{{0, from.size()}, {0, to.size()}}};
  std::vector<AxisGroup> groups;
  int i = 0, j = 0;
  while (i < from.size() && j < to.size()) {
    AxisGroup g{{i, i + 1}, {j, j + 1}};
    std::int64_t a = from[i++], b = to[j++];
    while (a != b) {
      if (a < b)
        a *= from[i++];
      else
        b *= to[j++];
    }
    g.from.end = i, g.to.end = j;
    groups.push_back(g);
  }
  // What is left has length 1.
  if (groups.empty()) return {{{0, from.size()}, {0, to.size()}}};
  groups.back().from.end = from.size(), groups.back().to.end = to.size();
  return groups;
}

std::vector<AxisRange> ranges_from(const std::vector<AxisGroup>& groups) {
  std::vector<AxisRange> ranges;
  for (const auto& g : groups) ranges.push_back(g.from);
  return ranges;
}

std::vector<AxisRange> ranges_to(const std::vector<AxisGroup>& groups) {
  std::vector<AxisRange> ranges;
  for (const auto& g : groups) ranges.push_back(g.to);
  return ranges;
}

Shape lengths_of(const Shape& shape, const AxisRange& axes) {
  Shape lengths;
  for (int i = axes.begin; i < axes.end; i++) lengths.push_back(shape[i]);
  return lengths;
}

std::optional<ChunkGrid> flattened(const ChunkGrid& grid, const std::vector<AxisRange>& ranges) {
  std::vector<AxisChunks> flat;
  for (const auto& range : ranges) {
    auto axis = as_one(axes_of(grid, range));
    if (!axis) return std::nullopt;
    flat.push_back(std::move(*axis));
  }
  return ChunkGrid(std::move(flat));
}

ChunkGrid in_runs(const ChunkGrid& grid, const std::vector<AxisRange>& ranges, const ChunkGrid& wanted) {
  std::vector<AxisChunks> axes;
  const Shape shape = grid.shape();
  for (std::size_t g = 0; g < ranges.size(); g++) {
    auto own = axes_of(grid, ranges[g]);
    if (!as_one(own)) own = runs_of(lengths_of(shape, ranges[g]), wanted.axis(static_cast<int>(g)).longest());
    axes.insert(axes.end(), own.begin(), own.end());
  }
  return ChunkGrid(std::move(axes));
}

ChunkGrid reshaped_chunks(const ChunkGrid& from, const Shape& to, std::int64_t item_size) {
  std::vector<AxisChunks> axes;
  for (const auto& g : axis_groups(from.shape(), to)) {
    const auto one = as_one(axes_of(from, g.from));
    auto cut = one ? cut_as(*one, lengths_of(to, g.to)) : std::nullopt;
    if (!cut) return auto_chunks(to, item_size);
    axes.insert(axes.end(), cut->begin(), cut->end());
  }
  return ChunkGrid(std::move(axes));
}

}  // namespace tessera
