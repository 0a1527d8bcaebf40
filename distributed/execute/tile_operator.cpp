// A traversal: fetch what other ranks own, walk the tiles, bring together what ranks folded of the same result.
#include <algorithm>
#include <optional>

#include <tessera/distributed/execute/blocks.hpp>
#include <tessera/distributed/execute/fold_walk.hpp>
#include <tessera/distributed/execute/operators.hpp>
#include <tessera/distributed/execute/partial_states.hpp>
#include <tessera/distributed/execute/tile_walk.hpp>
#include <tessera/distributed/plan/blocks.hpp>
#include <tessera/distributed/plan/inner_tiles.hpp>

namespace tessera {
namespace {

using AllColumns = std::vector<std::unique_ptr<Columns>>;

// True when some chunk is folded.
bool has_columns(const TileOperator& op) {
  return op.grid.count() > 0 &&
         std::any_of(op.outputs.begin(), op.outputs.end(), [](const StageOutput& o) { return o.fold(); });
}

}  // namespace

void fetch_and_fold(StageRun& stage, const TileOperator& op, const FoldWalk& walk) {
  Execution& x = stage.x;
  // Memory first: only when every rank has it does anyone exchange.
  TileFetches fetches(stage, op);
  AllColumns columns;
  std::optional<PartialStates> partial;
  const bool shares = x.comm.size() > 1 && op.owners.kind() != Distribution::Kind::replicated && has_columns(op);
  stage.failure.then([&] {
    fetches.prepare();
    columns.resize(op.outputs.size());
    for (std::size_t o = 0; o < op.outputs.size(); o++)
      if (op.outputs[o].fold()) columns[o] = std::make_unique<Columns>(x, op, op.outputs[o]);
    if (shares) partial.emplace(x, columns);
  });
  fetches.run();
  walk(fetches.boxes(), columns);
  const TraceSpan exchange(x.lane(), Activity::exchange, stage.traced());
  if (partial) partial->run(stage.failure);
  stage.failure.then([&] {
    for (auto& c : columns)
      if (c) c->finish_all();
  });
}

void fetch_and_fold_tiles(StageRun& stage, const TileOperator& op, const MakeFoldRunner& make_runner) {
  const auto walk = [&](std::vector<HeldBox>& fetched, AllColumns& columns) {
    const auto make = [&](const TileCursor& cursor, int thread) {
      return make_runner(cursor, fetched, columns, thread);
    };
    if (!walks_blocks(op)) return walk_tiles(stage, op, std::ref(make));
    std::optional<BlockWalk> blocks;
    stage.failure.then([&] { blocks.emplace(stage, op, fetched); });
    if (blocks)
      blocks->run(std::ref(make));
    else
      walk_tiles(stage, op, std::ref(make));  // which walks none after a failure, but tells the others
  };
  fetch_and_fold(stage, op, std::ref(walk));
}

void run(StageRun& stage, const TileOperator& op) {
  const auto make = [&](const TileCursor& cursor, const std::vector<HeldBox>& fetched, AllColumns& columns,
                        int thread) {
    return std::make_unique<TileRunner>(stage, op, cursor, fetched, columns, thread);
  };
  if (begins_with_inner_tiles(op)) return fetch_and_walk_tiles(stage, op, std::ref(make));
  fetch_and_fold_tiles(stage, op, std::ref(make));
}

}  // namespace tessera
