#include <tessera/distributed/execute/tile_walk.hpp>

#include <algorithm>

#include <tessera/distributed/execute/team.hpp>
#include <tessera/distributed/plan/inner_tiles.hpp>
#include <tessera/distributed/together.hpp>
#include <tessera/io/files.hpp>

namespace tessera {
namespace {

// The tiles of a rank, by a team of workers.
class TileWalk {
 public:
  TileWalk(StageRun& stage, const TileOperator& op, const MakeTileRunner& make, TileFetches* halos)
      : stage_(stage),
        op_(op),
        make_(make),
        halos_(halos),
        talks_(stage.x.comm.size() > 1),
        before_(stage.x.counters.tiles),
        cursor_(op, stage.x.comm.rank()) {  // allocates nothing
    if (!halos) return;
    outer_.emplace(op, stage.x.comm.rank());
    inner_.emplace(op, stage.x.comm.rank());
  }

  void run() {
    // A team of threads costs microseconds to wake: not worth it for less work than that.
    constexpr std::int64_t worth_elements = 32 << 10;
    std::int64_t elements = cursor_.total();
    for (auto e : op_.tile) elements *= e;
    // What a call takes nobody knows.
    const bool small = cursor_.total() <= 1 || (elements < worth_elements && !calls_chunks(op_));
    if (op_.workers == 1 || small) {
      work(0);
    } else {
      run_team(op_.workers, [this](int thread) { work(thread); });
      announce();
    }
  }

 private:
  Failure& failure() { return stage_.failure; }

  void work(int thread) {
    {
      std::unique_ptr<TileRunner> runner;
      failure().guard([&] { runner = make_(cursor_, thread); });
      if (halos_) {
        failure().then(
            [&] { stage_.x.counters.inner_tiles += draw_all(*runner, TileDraw(cursor_, *inner_, true), thread); });
        await_halos(thread);
        failure().then([&] { draw_all(*runner, TileDraw(*outer_, *inner_, false), thread); });
      } else {
        failure().then([&] { draw_all(*runner, TileDraw(cursor_), thread); });
      }
      failure().then([&] { runner->finish(); });
    }
    free_scratch();
    if (thread == 0) announce();
  }

  // The other ranks wait for what this one sends, also after a failure.
  void await_halos(int thread) {
    if (thread != 0) return halos_->wait();
    failure().guard([&] { halos_->end(); });
  }

  // returns: how many tiles.
  std::int64_t draw_all(TileRunner& runner, TileDraw draw, int thread) {
    TileItem item, ahead;
    std::int64_t tiles = 0;
    bool more = draw.next(item);
    while (more && !failure().any()) {
      more = draw.next(ahead);
      if (more) runner.prefetch(ahead);
      runner.run(item);
      tiles += item.count;
      item = ahead;
      if (thread == 0) between_tiles();
    }
    return tiles;
  }

  void between_tiles() {
    if (talks_ && stage_.x.comm.failure_announced()) failure().stop();
    if (halos_) halos_->poll();
    stage_.tell(false, stage_.x.counters.tiles - before_, cursor_.total());
  }

  void announce() {
    if (!talks_ || announced_ || !failure().error()) return;
    announced_ = true;
    stage_.x.comm.announce_failure();
  }

  StageRun& stage_;
  const TileOperator& op_;
  const MakeTileRunner& make_;
  TileFetches* halos_;
  const bool talks_;
  const std::int64_t before_;
  TileCursor cursor_;
  std::optional<TileCursor> outer_;  // of what waits for halos
  std::optional<InnerTiles> inner_;
  bool announced_ = false;
};

}  // namespace

void walk_tiles(StageRun& stage, const TileOperator& op, const MakeTileRunner& make, TileFetches* halos) {
  if (halos && stage.failure.error()) stage.failure.guard([&] { halos->end(); });
  walk_and_agree(stage, [&] { TileWalk(stage, op, make, halos).run(); });
}

TileFetches::TileFetches(StageRun& stage, const TileOperator& op)
    : stage_(stage),
      op_(op),
      progress_([this](std::int64_t came, std::int64_t of) {  // which lies within the function: nothing is allocated
        stage_.failure.then([&] { stage_.tell(true, came, of); });
      }),
      halos_(stage.x.comm, stage.x.device) {}

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
  for (std::size_t i = 0; i < fetches_.size(); i++) bring(i);
}

void TileFetches::bring(std::size_t number) {
  const StageFetch& fetch = op_.fetches[number];
  const HeldBox& to = boxes_[fetch.values[0]];
  // What goes wrong in between is said after the exchange: the others are in it.
  stage_.x.counters.add(
      fetches_[number].run(output_at(to, to.held.lo), stage_.x.transport(fetch.array, op_.space), progress_));
}

void TileFetches::begin() {
  Execution& x = stage_.x;
  under_way_.emplace(x.lane(), Activity::exchange, stage_.traced());
  const auto is_halo = [this](const StageFetch& f) { return brings_halos(op_, f); };
  if (!std::all_of(op_.fetches.begin(), op_.fetches.end(), is_halo)) {
    agree(x.comm, stage_.failure);
    for (std::size_t i = 0; i < fetches_.size(); i++)
      if (!is_halo(op_.fetches[i])) bring(i);
  }
  for (std::size_t i = 0; i < fetches_.size() && !stage_.failure.any(); i++) {
    const HeldBox& to = boxes_[op_.fetches[i].values[0]];
    if (is_halo(op_.fetches[i])) halos_.add(fetches_[i], output_at(to, to.held.lo));
  }
  halos_.begin(x.transport(), progress_, stage_.failure);
}

void TileFetches::poll() { halos_.poll(); }

void TileFetches::end() {
  const auto release = [this] {
    under_way_.reset();
    ended_ = true;
    ended_.notify_all();
  };
  try {
    stage_.x.counters.add(halos_.end());
  } catch (...) {
    release();
    throw;
  }
  release();
}

void fetch_and_walk_tiles(StageRun& stage, const TileOperator& op, const MakeMapRunner& make) {
  // Memory first: only when every rank has it does anyone exchange.
  TileFetches fetches(stage, op);
  std::vector<std::unique_ptr<Columns>> no_columns;
  stage.failure.then([&] {
    fetches.prepare();
    no_columns.resize(op.outputs.size());
  });
  const bool inner_first = begins_with_inner_tiles(op);
  if (inner_first)
    fetches.begin();
  else
    fetches.run();
  const auto make_runner = [&](const TileCursor& cursor, int thread) {
    return make(cursor, fetches.boxes(), no_columns, thread);
  };
  walk_tiles(stage, op, std::ref(make_runner), inner_first ? &fetches : nullptr);
}

}  // namespace tessera
