#pragma once
// What stays together when an array is reshaped: the fewest axes of both shapes that hold the same elements in the same
// order.
//   (4, 6, 5) -> (8, 3, 5)  is  (4, 6) -> (8, 3)  and  (5) -> (5)
// A group seen as one axis has the positions of its elements in row-major order as indices. The chunks of a group are
// *runs* when each is one range of that axis, in order: axes from the front in chunks of one index, one that is cut
// anywhere, and whole axes. Then a chunk of the one shape is a chunk of the other under another name.
#include <optional>
#include <vector>

#include <tessera/core/chunk_grid.hpp>

namespace tessera {

/// The axes [begin, end) of a shape; of length 1 in all, if there are none.
struct AxisRange {
  int begin = 0, end = 0;
  bool operator==(const AxisRange&) const = default;
};
struct AxisGroup {
  AxisRange from, to;
  bool operator==(const AxisGroup&) const = default;
};
/// Both shapes have as many elements. Without any, all axes are one group.
TESSERA_API std::vector<AxisGroup> axis_groups(const Shape& from, const Shape& to);
/// One side of the groups.
TESSERA_API std::vector<AxisRange> ranges_from(const std::vector<AxisGroup>& groups);
TESSERA_API std::vector<AxisRange> ranges_to(const std::vector<AxisGroup>& groups);

/// The lengths of some axes.
TESSERA_API Shape lengths_of(const Shape& shape, const AxisRange& axes);

/// The grid with one axis for each range. Chunks have the same numbers, and their elements the same order. Nothing where
/// the chunks of a range are no runs.
TESSERA_API std::optional<ChunkGrid> flattened(const ChunkGrid& grid, const std::vector<AxisRange>& ranges);
/// The grid of `shape` whose chunks are runs of about as many elements as `wanted` has in the longest chunk of each
/// axis; those of `grid` where these are runs.
TESSERA_API ChunkGrid in_runs(const ChunkGrid& grid, const std::vector<AxisRange>& ranges, const ChunkGrid& wanted);

/// How the result of a reshape is cut unless the caller wishes: at the same elements as the source, where these cuts are
/// possible in the new shape; else by auto_chunks.
TESSERA_API ChunkGrid reshaped_chunks(const ChunkGrid& from, const Shape& to, std::int64_t item_size);

}  // namespace tessera
