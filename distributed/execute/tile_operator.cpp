// A traversal: fetch what other ranks own, walk the tiles, bring together what ranks folded of the same result. Workers
// draw tiles from the cursor; the caller's thread is one of them and alone talks to the other ranks. A failure anywhere
// stops all workers of all ranks at their next tile.
#include <algorithm>
#include <optional>

#include <tessera/distributed/exchange/fetch.hpp>
#include <tessera/distributed/execute/cursor.hpp>
#include <tessera/distributed/execute/operators.hpp>
#include <tessera/distributed/execute/partial_states.hpp>
#include <tessera/distributed/execute/team.hpp>
#include <tessera/distributed/execute/tile_runner.hpp>
#include <tessera/distributed/together.hpp>
#include <tessera/io/files.hpp>

namespace tessera {
namespace {

using AllColumns = std::vector<std::unique_ptr<Columns>>;

void run_tiles(StageRun& stage, const TileOperator& op, const std::vector<HeldBox>& fetched, AllColumns& columns) {
  Execution& x = stage.x;
  Failure& failure = stage.failure;
  TileCursor cursor(op, x.comm.rank());  // allocates nothing
  const std::int64_t before = x.counters.tiles;
  const bool talks = x.comm.size() > 1;
  bool announced = false;
  const auto work = [&](int thread) {
    const bool caller = thread == 0;
    failure.guard([&] {
      TileRunner runner(x, op, cursor, fetched, columns, Stream{thread}, x.trace ? x.trace->worker(thread) : nullptr,
                        stage.traced());
      TileItem item, ahead;
      bool more = cursor.next(item);
      while (more && !failure.any()) {
        more = cursor.next(ahead);
        if (more) runner.prefetch(ahead);
        runner.run(item);
        item = ahead;
        if (!caller) continue;
        if (talks && x.comm.failure_announced()) failure.stop();
        stage.tell(false, x.counters.tiles - before, cursor.total());
      }
      runner.finish();
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
  const bool small = cursor.total() <= 1 || elements < worth_elements;
  if (op.workers == 1 || small) {
    work(0);
  } else {
    run_team(op.workers, work);
    if (talks && failure.error() && !announced) x.comm.announce_failure();
  }
}

// The boxes that come from other ranks, before the tiles.
class Fetches {
 public:
  Fetches(StageRun& stage, const TileOperator& op) : stage_(stage), op_(op) {}

  /// Takes the memory. Local.
  void prepare() {
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
      fetches_.emplace_back(x.comm, x.device, x.resident(f.array), box.held);
    }
  }
  /// Collective.
  void run() {
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
  /// By value number.
  const std::vector<HeldBox>& boxes() const { return boxes_; }

 private:
  StageRun& stage_;
  const TileOperator& op_;
  std::vector<HeldBox> boxes_;
  std::vector<Buffer> memory_;
  std::vector<Fetch> fetches_;
};

// True when some chunk is folded.
bool has_columns(const TileOperator& op) {
  return op.grid.count() > 0 &&
         std::any_of(op.outputs.begin(), op.outputs.end(), [](const StageOutput& o) { return o.fold(); });
}

}  // namespace

void run(StageRun& stage, const TileOperator& op) {
  Execution& x = stage.x;
  // Memory first: only when every rank has it does anyone exchange.
  Fetches fetches(stage, op);
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
  if (!stage.failure.error())
    run_tiles(stage, op, fetches.boxes(), columns);
  else if (x.comm.size() > 1)
    x.comm.announce_failure();
  {
    const TraceSpan wait(x.lane(), Activity::wait, stage.traced());
    agree(x.comm, stage.failure);
  }
  const TraceSpan exchange(x.lane(), Activity::exchange, stage.traced());
  if (partial) partial->run(stage.failure);
  stage.failure.then([&] {
    for (auto& c : columns)
      if (c) c->finish_all();
  });
}

}  // namespace tessera
