#pragma once
// The states of a Fold: how many bytes they take on a rank, and what ranks that share a column send one another.
#include <tessera/distributed/plan/tile_operator.hpp>

namespace tessera {

/// What goes between ranks before each state: the column and the node of its tree.
inline constexpr std::int64_t state_header_bytes = 40;

/// Bytes of the states of one leaf, for the outputs that a box of the traversal of these extents has.
Amount region_state_bytes(const FoldOutput& fold, const Dims& extent);
/// Leaves in a box of these extents.
Amount leaves_in(const FoldOutput& fold, const Dims& extent);
/// True when the operator's device has what that takes, and nothing is looked at in what is finished.
bool may_combine_on_device(const TileOperator& op, const FoldOutput& fold);
/// True when the operator's device combines what tiles of these extents give an output, and finishes it: chunks that are a leaf each, and so many
/// outputs that the host would combine their states more slowly than they are made. (Of chunks of several leaves a tile has few outputs.)
/// States of columns that other workers or ranks have a part of go on to the host.
bool combines_on_device(const TileOperator& op, const StageOutput& output, const Dims& tile);
/// True when a tile has whole columns of it, so that the host never sees its states, but where another rank finishes them.
bool finishes_on_device(const TileOperator& op, const StageOutput& output, const Dims& tile);
/// States of such a tile's outputs that a worker keeps there, beside those that the tile's pass makes.
std::int64_t states_on_device(const TileOperator& op, const StageOutput& output, const Dims& tile);
/// Bytes of the states that a rank may hold while the tiles are walked, and while ranks exchange those of columns that
/// they share; 0 where none do.
struct StateMemory {
  Amount walking, exchanging;
};
StateMemory state_memory(const TileOperator& op, const StageOutput& output, const Dims& tile, int workers);

}  // namespace tessera
