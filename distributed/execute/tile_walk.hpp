#pragma once
// What operators that walk tiles share: boxes that come from other ranks before the tiles, and the walk. Workers draw
// tiles from the cursor; the caller's thread is one of them and alone talks to the other ranks. A failure anywhere stops
// all workers of all ranks at their next tile.
#include <functional>
#include <memory>
#include <vector>

#include <tessera/distributed/exchange/fetch.hpp>
#include <tessera/distributed/execute/cursor.hpp>
#include <tessera/distributed/execute/tile_runner.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {

/// Of a worker, on its thread. Made by std::ref, for a copy of a function may allocate where no rank may fail alone.
using MakeTileRunner = std::function<std::unique_ptr<TileRunner>(const TileCursor& cursor, int thread)>;

/// All tiles of this rank, and the agreement after them: throws on all ranks what has failed on one. Collective.
void walk_tiles(StageRun& stage, const TileOperator& op, const MakeTileRunner& make);

/// Calls walk() unless something has failed already, which the other ranks are then told; and the agreement after it.
/// Collective. walk: says itself when it fails, and throws nothing.
template <class Walk>
void walk_and_agree(StageRun& stage, Walk&& walk) {
  Execution& x = stage.x;
  if (!stage.failure.error())
    walk();
  else if (x.comm.size() > 1)
    x.comm.announce_failure();
  const TraceSpan wait(x.lane(), Activity::wait, stage.traced());
  agree(x.comm, stage.failure);
}

/// The boxes that come from other ranks, before the tiles.
class TileFetches {
 public:
  TileFetches(StageRun& stage, const TileOperator& op) : stage_(stage), op_(op) {}

  /// Takes the memory. Local.
  void prepare();
  /// Collective.
  void run();
  /// By value number.
  std::vector<HeldBox>& boxes() { return boxes_; }

 private:
  StageRun& stage_;
  const TileOperator& op_;
  std::vector<HeldBox> boxes_;
  std::vector<Buffer> memory_;
  std::vector<Fetch> fetches_;
};

/// Of an operator that folds nothing: a worker's runner, given what came from other ranks and that there are no columns.
using MakeMapRunner =
    std::function<std::unique_ptr<TileRunner>(const TileCursor& cursor, const std::vector<HeldBox>& fetched,
                                              std::vector<std::unique_ptr<Columns>>& no_columns, int thread)>;
/// The whole run of such an operator: memory, what lies elsewhere, the tiles. Collective.
void fetch_and_walk_tiles(StageRun& stage, const TileOperator& op, const MakeMapRunner& make);

}  // namespace tessera
