#pragma once
// Blocks: what is read of stores for a whole chunk of the traversal by all workers together, into memory that they
// share, before the tiles of the chunk are walked. So a compressed chunk that is larger than a tile is decoded once for
// all its tiles, and between two files a block may be made of whole chunks of both.
//
// A rank has one block at a time. Its tiles follow one another whatever is folded: of a chunk in three tiles on a kept
// axis and columns of two chunks, the walk is a0 a1 a2 b0 b1 b2, not a0 b0 a1 b1 a2 b2, so that more states are open.
#include <tessera/distributed/plan/plan.hpp>

namespace tessera {

/// True when the tiles of the operator find something in memory that was read for a block.
bool walks_blocks(const TileOperator& op);
/// True when it may: on the host, where what is read is not a part of a joined value.
bool can_walk_blocks(const TileOperator& op);
/// Which values are read by blocks: those of compressed datasets, or all that are stored. `none`: by tiles.
enum class ByBlock : std::uint8_t { none, compressed, stored };
void read_by_block(const Plan& plan, TileOperator& op, ByBlock which);

/// The elements of a value that the tiles of a chunk of the traversal need.
Box block_of(const TileValue& value, const Box& chunk);
/// Bytes of the host's memory for what is read of a value by block.
std::int64_t block_bytes(const TileOperator& op, const TileValue& value);
/// Of all values, as the pool gives them.
Amount block_bytes(const TileOperator& op);

}  // namespace tessera
