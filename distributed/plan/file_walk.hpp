#pragma once
// The walk between files: a stage that only writes files may walk any grid, so it takes the blocks (blocks.hpp) for
// which reading, decoding and writing cost least. A file of rows written in columns, (3000, 16384) in chunks of (1,
// 16384) to chunks of (3000, 1): by rows, every element is a write of 8 bytes; in blocks of (3000, 2048) a read takes
// 16 KiB and a write a whole chunk.
#include <optional>

#include <tessera/distributed/plan/plan.hpp>

namespace tessera {

/// True when the stage does nothing but write files of what it reads from files, on the host.
bool is_between_files(const Plan& plan, const TileOperator& op);
/// Nanoseconds that reading and writing take over all ranks' workers together in boxes of these extents, as estimated.
/// `by_block`: the workers of a rank share a box.
double walking_cost(const Plan& plan, const TileOperator& op, const Dims& box, bool by_block);
/// True when blocks are read from a scratch file, to which each rank decodes the chunks that its blocks need of a
/// compressed dataset, once: where blocks would decode them several times, there is room, and it costs less by the
/// estimate.
bool walks_through_scratch(const Plan& plan, const TileOperator& op);
/// What that file takes, bytes per rank; 0 where there is none.
std::int64_t block_file_bytes(const Plan& plan, const TileOperator& op);
/// The value that is read so.
const TileValue* read_by_blocks(const TileOperator& op);
/// The extents of the blocks that cost least of those that take at most `room` bytes. Nothing when no block fits:
/// compressed chunks are written whole.
std::optional<Dims> cheapest_blocks(const Plan& plan, const TileOperator& op, std::int64_t room);
/// The extents of the tiles that cost least of those of at most `bytes`, where nothing is compressed; nothing elsewhere.
std::optional<Dims> cheapest_tiles(const Plan& plan, const TileOperator& op, std::int64_t bytes);
/// The traversal cut into blocks of these extents, which end where chunks of the target do.
ChunkGrid grid_of_blocks(const Plan& plan, const TileOperator& op, const Dims& block);
/// A tile of a block that takes about `target` bytes: whole chunks of the target, or, where it is not compressed and a
/// chunk is larger than that, the part of one whose elements lie together.
Dims tile_of_block(const Plan& plan, const TileOperator& op, const Dims& block, std::int64_t target);

}  // namespace tessera
