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
/// The states that a rank may hold while the tiles are walked.
Amount state_bytes(const TileOperator& op, const StageOutput& output, const Dims& tile, int workers);

}  // namespace tessera
