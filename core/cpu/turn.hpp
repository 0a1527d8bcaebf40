#pragma once
// Tiles that a transposing copy turns: of 128 bytes along the source's rows, so that whole lines are read, and of 256
// along the destination's, so that whole lines are written. A tile and the lines behind it fit the first-level cache.
#include <cstddef>
#include <cstdint>

namespace tessera::cpu {

/// Extents of a tile of elements of `item` bytes: along the source's contiguous axis, and along the destination's.
constexpr std::int64_t turned_rows(std::int64_t item) { return 128 / item; }
constexpr std::int64_t turned_columns(std::int64_t item) { return 256 / item; }

/// to[r][c] = from[c][r] of a whole tile; the source's rows lie `step` bytes apart, `to` is dense and aligned to 64
/// bytes.
using Turn = void (*)(const std::byte* from, std::int64_t step, std::byte* to);
/// In AVX2's registers; null for sizes that are moved as fast one by one.
Turn avx2_turn(std::int64_t item);

}  // namespace tessera::cpu
