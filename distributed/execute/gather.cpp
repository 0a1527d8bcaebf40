// A gather, in one of its three ways (plan/gather.hpp).
#include <optional>

#include <tessera/distributed/execute/gather_exchange.hpp>
#include <tessera/distributed/execute/gather_reads.hpp>
#include <tessera/distributed/execute/operators.hpp>
#include <tessera/distributed/execute/tile_walk.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {

void tell(const StageRun& stage, const GatherOperator& op, std::int64_t before) {
  const TileCursor all(op.walk, stage.x.comm.rank());
  stage.tell(false, stage.x.counters.tiles - before, all.total());
}

void run_here(StageRun& stage, const GatherOperator& op, const std::vector<HeldBox>& fetched) {
  std::optional<ChunkOrder> order;
  std::vector<std::unique_ptr<Columns>> no_columns;
  stage.failure.then([&] {
    order.emplace(op.grid);
    no_columns.resize(op.walk.outputs.size());
  });
  const auto make = [&](const TileCursor& cursor, int thread) {
    return std::make_unique<GatherHere>(stage, op, *order, cursor, fetched, no_columns, thread);
  };
  walk_tiles(stage, op.walk, std::ref(make));
}

// Every rank goes on as long as one has a block: the others may ask it for what it owns.
void run_by_owner(StageRun& stage, const GatherOperator& op, const std::vector<HeldBox>& fetched) {
  std::optional<GatherBlocks> blocks;
  std::optional<GatherExchange> exchange;
  stage.failure.then([&] {
    blocks.emplace(stage, op, fetched);
    exchange.emplace(stage, op, *blocks);
  });
  agree(stage.x.comm, stage.failure);
  const std::int64_t before = stage.x.counters.tiles;
  for (bool more = true; more;) {
    stage.failure.then([&] { blocks->ask(); });
    {
      const TraceSpan span(stage.x.lane(), Activity::exchange, stage.traced());
      more = exchange->run();
    }
    stage.failure.then([&] { blocks->put(); });
    stage.failure.then([&] { tell(stage, op, before); });
  }
}

void run_in_order(StageRun& stage, const GatherOperator& op, const std::vector<HeldBox>& fetched) {
  Execution& x = stage.x;
  walk_and_agree(stage, [&] {
    const bool talks = x.comm.size() > 1;
    stage.failure.then([&] {
      GatherBlocks blocks(stage, op, fetched);
      GatherReads reads(stage, op, blocks);
      const std::int64_t before = x.counters.tiles;
      while (blocks.more() && !stage.failure.any()) {
        blocks.ask();
        reads.run();
        if (!stage.failure.any()) blocks.put();
        if (talks && x.comm.failure_announced()) stage.failure.stop();
        tell(stage, op, before);
      }
    });
    if (talks && stage.failure.error()) x.comm.announce_failure();
  });
}

}  // namespace

void run(StageRun& stage, const GatherOperator& op) {
  TileFetches fetches(stage, op.walk);
  stage.failure.then([&] { fetches.prepare(); });
  fetches.run();
  switch (op.way) {
    case GatherOperator::Way::here:
      return run_here(stage, op, fetches.boxes());
    case GatherOperator::Way::by_owner:
      return run_by_owner(stage, op, fetches.boxes());
    case GatherOperator::Way::in_order:
      return run_in_order(stage, op, fetches.boxes());
  }
}

}  // namespace tessera
