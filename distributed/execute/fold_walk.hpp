#pragma once
// The walk of an operator that folds: what comes from other ranks, the tiles, the states of columns that ranks share, and
// the results. Collective.
#include <tessera/distributed/execute/tile_walk.hpp>

namespace tessera {

/// A worker's runner, given what came from other ranks and, by output number, the columns; null for Maps.
using MakeFoldRunner = MakeMapRunner;
/// make: called on each worker's thread.
void fetch_and_fold_tiles(StageRun& stage, const TileOperator& op, const MakeFoldRunner& make);

}  // namespace tessera
