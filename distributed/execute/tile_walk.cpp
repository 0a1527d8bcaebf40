#include <tessera/distributed/execute/tile_walk.hpp>

#include <tessera/distributed/execute/team.hpp>
#include <tessera/distributed/together.hpp>
#include <tessera/io/files.hpp>

namespace tessera {
namespace {

void run_tiles(StageRun& stage, const TileOperator& op, const MakeTileRunner& make) {
  Execution& x = stage.x;
  Failure& failure = stage.failure;
  TileCursor cursor(op, x.comm.rank());  // allocates nothing
  const std::int64_t before = x.counters.tiles;
  const bool talks = x.comm.size() > 1;
  bool announced = false;
  const auto work = [&](int thread) {
    const bool caller = thread == 0;
    failure.guard([&] {
      const std::unique_ptr<TileRunner> runner = make(cursor, thread);
      TileDraw draw(cursor);
      TileItem item, ahead;
      bool more = draw.next(item);
      while (more && !failure.any()) {
        more = draw.next(ahead);
        if (more) runner->prefetch(ahead);
        runner->run(item);
        item = ahead;
        if (!caller) continue;
        if (talks && x.comm.failure_announced()) failure.stop();
        stage.tell(false, x.counters.tiles - before, cursor.total());
      }
      runner->finish();
    });
    free_scratch();
    if (caller && talks && failure.error() && !announced) {
      announced = true;
      x.comm.announce_failure();
    }
  };
  // A team of threads costs microseconds to wake: not worth it for less work than that.
  constexpr std::int64_t worth_elements = 32 << 10;
  std::int64_t elements = cursor.total();
  for (auto e : op.tile) elements *= e;
  // What a call takes nobody knows.
  const bool small = cursor.total() <= 1 || (elements < worth_elements && !calls_chunks(op));
  if (op.workers == 1 || small) {
    work(0);
  } else {
    run_team(op.workers, work);
    if (talks && failure.error() && !announced) x.comm.announce_failure();
  }
}

}  // namespace

void walk_tiles(StageRun& stage, const TileOperator& op, const MakeTileRunner& make) {
  walk_and_agree(stage, [&] { run_tiles(stage, op, make); });
}

void TileFetches::prepare() {
  Execution& x = stage_.x;
  boxes_.resize(op_.values.size());
  fetches_.reserve(op_.fetches.size());
  for (const auto& f : op_.fetches) {
    const std::int64_t item = item_size(f.dtype);
    HeldBox box;
    box.held = fetched_box(op_, f, x.comm.rank());
    box.strides = row_major_strides(box.held.extent, item);
    memory_.emplace_back(x.pool_in(op_.space), box.held.size() * item, "a fetched box");
    box.data = memory_.back().data();
    box.space = op_.space;
    for (auto v : f.values) boxes_[v] = box;
    fetches_.emplace_back(x.comm, x.device, x.resident(f.array), box.held,
                          [this, &f](int rank) { return fetched_box(op_, f, rank); });
  }
}

void TileFetches::run() {
  Execution& x = stage_.x;
  if (op_.fetches.empty()) return;
  const TraceSpan exchange(x.lane(), Activity::exchange, stage_.traced());
  agree(x.comm, stage_.failure);
  for (std::size_t i = 0; i < fetches_.size(); i++) {
    const HeldBox& to = boxes_[op_.fetches[i].values[0]];
    // What goes wrong in between is said after the exchange: the others are in it.
    x.counters.add(fetches_[i].run(
        output_at(to, to.held.lo), x.message_bytes, x.pool,
        [&](std::int64_t came, std::int64_t of) { stage_.failure.then([&] { stage_.tell(true, came, of); }); }));
  }
}

void fetch_and_walk_tiles(StageRun& stage, const TileOperator& op, const MakeMapRunner& make) {
  // Memory first: only when every rank has it does anyone exchange.
  TileFetches fetches(stage, op);
  std::vector<std::unique_ptr<Columns>> no_columns;
  stage.failure.then([&] {
    fetches.prepare();
    no_columns.resize(op.outputs.size());
  });
  fetches.run();
  const auto make_runner = [&](const TileCursor& cursor, int thread) {
    return make(cursor, fetches.boxes(), no_columns, thread);
  };
  walk_tiles(stage, op, std::ref(make_runner));
}

}  // namespace tessera
