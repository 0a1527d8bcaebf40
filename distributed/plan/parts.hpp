#pragma once
// What the parts of joined values cost: a tile holds buffers only for the parts that it touches, so what they take
// together is the most that any tile touches, not their sum. 1000 parts of 10 elements under tiles of 25: no tile meets
// more than four.
#include <tessera/distributed/plan/plan.hpp>

namespace tessera {

/// Buffers of parts start at multiples of this many bytes.
inline constexpr std::int64_t part_alignment = 64;

/// The extents of `domain_extent` that are left of it, at most, where the value is wanted.
Dims clipped(const TileValue& value, const Dims& domain_extent);
/// True when a tile needs memory of its own for the value.
bool takes_buffer(const TileValue& value);
/// The bytes that the buffers of all parts take together in any tile of these extents.
std::int64_t part_bytes(const TileOperator& op, const Dims& tile);
/// Tiles along an axis that touch [begin, end).
std::int64_t tiles_touching(const AxisChunks& axis, std::int64_t tile, std::int64_t begin, std::int64_t end);

}  // namespace tessera
