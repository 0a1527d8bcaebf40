#pragma once
// Tiles that a transposing copy turns, band by band: a band is some rows of the source, 256 bytes of each, so that whole lines are read
// and the hardware sees that they follow one another; a tile's rows, 512 bytes of 8-byte elements, are written as whole lines. A tile fits
// half of a first-level cache. In rows a power of two apart lines of one column have few places in a cache (8 in 512 KiB), so what is
// fetched ahead are two bands, not a tile.
#include <cstddef>
#include <cstdint>

namespace tessera::cpu {

/// Extents of a tile of elements of `item` bytes: along the source's contiguous axis, and along the destination's.
constexpr std::int64_t turned_rows(std::int64_t item) { return (item >= 4 ? 256 : 128) / item; }
constexpr std::int64_t turned_columns(std::int64_t item) { return (item >= 8 ? 512 : 256) / item; }
/// Rows of the source in a band.
constexpr std::int64_t turned_band(std::int64_t item) { return item >= 8 ? 4 : 8; }

/// to[r][c] = from[c][r] of a band of a whole tile; the source's rows lie `step` bytes apart; `to` has rows of a tile, and the band's
/// first column lies at 32 bytes.
using Turn = void (*)(const std::byte* from, std::int64_t step, std::byte* to);
/// In AVX2's registers; null for sizes that are moved as fast one by one.
Turn avx2_turn(std::int64_t item);

}  // namespace tessera::cpu
