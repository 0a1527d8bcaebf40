#pragma once
// How a stage is cut into tiles, and what they cost: pure arithmetic on extents.
#include <tessera/distributed/plan/plan.hpp>

namespace tessera {

/// Elements of the box of `value` that a domain box of these extents needs, per axis of the value's index space.
Dims value_extent(const IndexTransform& from_domain, const Dims& domain_extent);
/// The smallest box around both; of an empty one nothing. Both have one rank.
Box hull(const Box& a, const Box& b);
/// Bytes of buffers that one worker needs for a tile of these extents.
std::int64_t tile_buffer_bytes(const Plan& plan, const Stage& stage, const Dims& tile);
/// Tiles along axis `i` of the whole grid: every chunk is cut on its own.
std::int64_t tiles_along(const AxisChunks& axis, std::int64_t tile);
/// Fills in tile, workers and the byte figures of the stage so that `stage.peak()` stays within `available` bytes.
/// returns: 0; when even the smallest tile does not fit, the bytes that it would take.
std::int64_t size_tiles(const Plan& plan, Stage& stage, std::int64_t available);
/// Counts of the stage over all ranks: tiles, bytes read, written, moved, messages.
void count_traffic(const Plan& plan, Stage& stage);

}  // namespace tessera
