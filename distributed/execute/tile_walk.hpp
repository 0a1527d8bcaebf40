#pragma once
// What operators that walk tiles share: boxes that come from other ranks before the tiles, and the walk. Workers draw
// tiles from the cursor; the caller's thread is one of them and alone talks to the other ranks. A failure anywhere stops
// all workers of all ranks at their next tile.
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <tessera/distributed/exchange/fetch.hpp>
#include <tessera/distributed/execute/cursor.hpp>
#include <tessera/distributed/execute/tile_runner.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {

/// Of a worker, on its thread. Made by std::ref, for a copy of a function may allocate where no rank may fail alone.
using MakeTileRunner = std::function<std::unique_ptr<TileRunner>(const TileCursor& cursor, int thread)>;

class TileFetches;

/// All tiles of this rank, and the agreement after them: throws on all ranks what has failed on one. Collective.
/// halos: under way; null where all is there.
void walk_tiles(StageRun& stage, const TileOperator& op, const MakeTileRunner& make, TileFetches* halos = nullptr);

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

/// The boxes that come from other ranks, before the tiles; halos, where the operator says so, while inner tiles are made.
class TileFetches {
 public:
  TileFetches(StageRun& stage, const TileOperator& op);

  /// Takes the memory. Local.
  void prepare();
  /// All of it. Collective.
  void run();
  /// All but the halos, which are under way then. Collective.
  void begin();
  /// Goes on with them. The caller's thread, between tiles.
  void poll();
  /// Returns when they are there; then, or at once where it throws, whoever waits for them goes on. The caller's thread,
  /// once on every rank that has begun, whatever has gone wrong.
  void end();
  /// Of another worker: until `end` has returned or thrown.
  void wait() const { ended_.wait(false); }
  /// By value number.
  std::vector<HeldBox>& boxes() { return boxes_; }

 private:
  void bring(std::size_t number);

  StageRun& stage_;
  const TileOperator& op_;
  std::vector<HeldBox> boxes_;
  std::vector<Buffer> memory_;
  std::vector<Fetch> fetches_;
  const Fetch::Progress progress_;
  FetchesUnderWay halos_;
  std::optional<TraceSpan> under_way_;
  std::atomic<bool> ended_{false};
};

/// Of an operator that folds nothing: a worker's runner, given what came from other ranks and that there are no columns.
using MakeMapRunner =
    std::function<std::unique_ptr<TileRunner>(const TileCursor& cursor, const std::vector<HeldBox>& fetched,
                                              std::vector<std::unique_ptr<Columns>>& no_columns, int thread)>;
/// The whole run of such an operator: memory, what lies elsewhere, the tiles. Collective.
void fetch_and_walk_tiles(StageRun& stage, const TileOperator& op, const MakeMapRunner& make);

}  // namespace tessera
