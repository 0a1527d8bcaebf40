#pragma once
// The walk of an operator that folds: what comes from other ranks, the tiles, the states of columns that ranks share, and
// the results. Collective.
#include <tessera/distributed/execute/tile_walk.hpp>

namespace tessera {

/// A worker's runner, given what came from other ranks and, by output number, the columns; null for Maps.
using MakeFoldRunner = MakeMapRunner;
/// The walk itself: given what came from other ranks and, by output number, the columns. Collective; ends with an agreement,
/// or with what every rank goes through and keeps its failure.
using FoldWalk = std::function<void(std::vector<HeldBox>& fetched, std::vector<std::unique_ptr<Columns>>& columns)>;
void fetch_and_fold(StageRun& stage, const TileOperator& op, const FoldWalk& walk);
/// The same with the tile operator's own walk. make: called on each worker's thread.
void fetch_and_fold_tiles(StageRun& stage, const TileOperator& op, const MakeFoldRunner& make);

}  // namespace tessera
