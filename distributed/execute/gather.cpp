// A gather, in one of its three ways (plan/gather.hpp).
#include <optional>

#include <tessera/distributed/execute/fold_walk.hpp>
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

// One of the ways, given what the index arrays, and what is made of the elements, need of other ranks.
class GatherRun {
 public:
  GatherRun(StageRun& stage, const GatherOperator& op, const std::vector<HeldBox>& fetched, const GatherUse* use)
      : stage_(stage), op_(op), fetched_(fetched), use_(use) {}
  void run() {
    switch (op_.way) {
      case GatherOperator::Way::here:
        return run_here();
      case GatherOperator::Way::by_owner:
        return run_by_owner();
      case GatherOperator::Way::in_order:
        return run_in_order();
    }
  }

 private:
  void run_here() {
    std::optional<ChunkOrder> order;
    std::vector<std::unique_ptr<Columns>> no_columns;
    stage_.failure.then([&] {
      order.emplace(op_.grid);
      no_columns.resize(op_.walk.outputs.size());
    });
    const auto make = [&](const TileCursor& cursor, int thread) {
      return std::make_unique<GatherHere>(stage_, op_, *order, cursor, fetched_, no_columns, use_, thread);
    };
    walk_tiles(stage_, op_.walk, std::ref(make));
  }

  // Every rank goes on as long as one has a block: the others may ask it for what it owns.
  void run_by_owner() {
    std::optional<GatherBlocks> blocks;
    std::optional<GatherExchange> exchange;
    stage_.failure.then([&] {
      blocks.emplace(stage_, op_, fetched_, use_);
      exchange.emplace(stage_, op_, *blocks);
    });
    agree(stage_.x.comm, stage_.failure);
    const std::int64_t before = stage_.x.counters.tiles;
    for (bool more = true; more;) {
      stage_.failure.then([&] { blocks->ask(); });
      {
        const TraceSpan span(stage_.x.lane(), Activity::exchange, stage_.traced());
        more = exchange->run();
      }
      stage_.failure.then([&] { blocks->put(); });
      stage_.failure.then([&] { tell(stage_, op_, before); });
    }
  }

  void run_in_order() {
    Execution& x = stage_.x;
    walk_and_agree(stage_, [&] {
      const bool talks = x.comm.size() > 1;
      stage_.failure.then([&] {
        GatherBlocks blocks(stage_, op_, fetched_, use_);
        GatherReads reads(stage_, op_, blocks);
        const std::int64_t before = x.counters.tiles;
        while (blocks.more() && !stage_.failure.any()) {
          blocks.ask();
          reads.run();
          if (!stage_.failure.any()) blocks.put();
          if (talks && x.comm.failure_announced()) stage_.failure.stop();
          tell(stage_, op_, before);
        }
      });
      if (talks && stage_.failure.error()) x.comm.announce_failure();
    });
  }

  StageRun& stage_;
  const GatherOperator& op_;
  const std::vector<HeldBox>& fetched_;
  const GatherUse* use_;
};

}  // namespace

void run(StageRun& stage, const GatherOperator& op) {
  TileFetches fetches(stage, op.walk);
  stage.failure.then([&] { fetches.prepare(); });
  fetches.run();
  if (!op.use) return GatherRun(stage, op, fetches.boxes(), nullptr).run();
  const auto walk = [&](std::vector<HeldBox>& fetched, std::vector<std::unique_ptr<Columns>>& columns) {
    const GatherUse use{fetched, columns};
    GatherRun(stage, op, fetches.boxes(), &use).run();
  };
  fetch_and_fold(stage, *op.use, std::ref(walk));
}

}  // namespace tessera
