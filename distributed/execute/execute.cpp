// The stages, one after another. Workers draw tiles from the cursor; the caller's thread is one of them and alone talks
// to the other ranks. A failure anywhere stops all workers of all ranks at their next tile, and the agreement at the
// stage's end throws it everywhere.
#include <optional>

#include <tessera/core/hash.hpp>
#include <tessera/distributed/exchange/fetch.hpp>
#include <tessera/distributed/execute/context.hpp>
#include <tessera/distributed/execute/cursor.hpp>
#include <tessera/distributed/execute/team.hpp>
#include <tessera/distributed/execute/tile_runner.hpp>
#include <tessera/distributed/together.hpp>
#include <tessera/io/files.hpp>

namespace tessera {
namespace {

void make_arrays(Execution& x, const Stage& stage) {
  for (const auto& o : stage.outputs) {
    if (o.array < 0) continue;
    const auto& a = x.plan.arrays[static_cast<std::size_t>(o.array)];
    Hash id;
    id.add(x.identity).add(o.array);
    x.arrays[static_cast<std::size_t>(o.array)] =
        std::make_shared<SlabArray>(a.dtype, a.distribution, x.comm.rank(), id.value(), x.session, x.pool);
  }
}

void drop_arrays(Execution& x, std::size_t stage) {
  for (std::size_t i = 0; i < x.plan.arrays.size(); i++)
    if (x.plan.arrays[i].sinks.empty() && x.plan.arrays[i].last_stage <= static_cast<int>(stage)) x.arrays[i] = nullptr;
}

void run_tiles(Execution& x, const Stage& stage, std::size_t index, const std::vector<HeldBox>& fetched,
               std::vector<std::unique_ptr<Columns>>& columns, Failure& failure) {
  TileCursor cursor(stage, x.comm.rank());  // allocates nothing
  const std::int64_t before = x.counters.tiles;
  const bool talks = x.comm.size() > 1;
  bool announced = false;
  const auto work = [&](int thread) {
    const bool caller = thread == 0;
    failure.guard([&] {
      TileRunner runner(x, stage, cursor, fetched, columns, x.trace ? x.trace->worker(thread) : nullptr,
                        x.traced_stage(index));
      TileItem item, ahead;
      bool more = cursor.next(item);
      while (more && !failure.any()) {
        more = cursor.next(ahead);
        if (more) runner.prefetch(ahead);
        runner.run(item);
        item = ahead;
        if (!caller) continue;
        if (talks && x.comm.failure_announced()) failure.stop();
        if (x.progress) x.progress({index, false, x.counters.tiles - before, cursor.total()});
      }
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
  for (auto e : stage.tile) elements *= e;
  const bool small = cursor.total() <= 1 || elements < worth_elements;
  if (stage.workers == 1 || small) {
    work(0);
  } else {
    run_team(stage.workers, work);
    if (talks && failure.error() && !announced) x.comm.announce_failure();
  }
}

void run_stage(Execution& x, const Stage& stage, std::size_t index) {
  const TraceSpan span(x.lane(), Activity::stage, x.traced_stage(index));
  Failure failure;
  std::vector<HeldBox> fetched;
  std::vector<Buffer> fetched_memory;
  std::vector<Fetch> fetches;
  std::vector<std::unique_ptr<Columns>> columns;

  // Memory first: only when every rank has it does anyone exchange.
  failure.guard([&] {
    make_arrays(x, stage);
    fetched.resize(stage.values.size());
    fetches.reserve(stage.fetches.size());
    for (const auto& f : stage.fetches) {
      const auto& v = stage.values[static_cast<std::size_t>(f.values[0])];
      HeldBox box;
      box.held = fetched_box(stage, f, x.comm.rank());
      box.strides = row_major_strides(box.held.extent, item_size(v.dtype));
      fetched_memory.emplace_back(x.pool, box.held.size() * item_size(v.dtype), "a fetched box");
      box.data = fetched_memory.back().data();
      for (int k : f.values) fetched[static_cast<std::size_t>(k)] = box;
      fetches.emplace_back(x.comm, x.resident(v), box.held);
    }
    columns.resize(stage.outputs.size());
    for (std::size_t o = 0; o < stage.outputs.size(); o++)
      if (stage.outputs[o].is_reduce) columns[o] = std::make_unique<Columns>(x, stage, stage.outputs[o]);
  });
  if (!stage.fetches.empty()) {
    const TraceSpan exchange(x.lane(), Activity::exchange, x.traced_stage(index));
    agree(x.comm, failure);
    for (std::size_t i = 0; i < fetches.size(); i++) {
      const HeldBox& to = fetched[static_cast<std::size_t>(stage.fetches[i].values[0])];
      // What goes wrong in between is said after the exchange: the others are in it.
      x.counters.bytes_moved +=
          fetches[i].run(to.data, to.strides, x.message_bytes, [&](std::int64_t came, std::int64_t of) {
            if (x.progress) failure.then([&] { x.progress({index, true, came, of}); });
          });
    }
  }

  if (!failure.error())
    run_tiles(x, stage, index, fetched, columns, failure);
  else if (x.comm.size() > 1)
    x.comm.announce_failure();
  {
    const TraceSpan wait(x.lane(), Activity::wait, x.traced_stage(index));
    agree(x.comm, failure);
  }

  const TraceSpan exchange(x.lane(), Activity::exchange, x.traced_stage(index));
  // A rank whose first reduction failed still takes part in the exchange of the next.
  for (auto& c : columns)
    if (c) c->collect(failure);
  std::vector<std::pair<int, Replication>> replicas;
  failure.then([&] {
    for (const auto& o : stage.outputs)
      if (o.array >= 0 && x.plan.arrays[static_cast<std::size_t>(o.array)].replicate) {
        const auto& a = *x.arrays[static_cast<std::size_t>(o.array)];
        auto all = std::make_shared<SlabArray>(a.dtype(), Distribution::replicated(a.grid(), x.comm.size()),
                                               x.comm.rank(), a.identity(), x.session, x.pool);
        replicas.emplace_back(o.array, Replication(x.comm, a, std::move(all)));
      }
  });
  agree(x.comm, failure);
  for (auto& [number, replication] : replicas) {
    x.counters.bytes_moved += replication.run();
    x.arrays[static_cast<std::size_t>(number)] = replication.result();
  }
}

}  // namespace

void execute(Execution& x) {
  for (std::size_t i = 0; i < x.plan.stages.size(); i++) {
    if (x.stage_begins) x.stage_begins(i);
    run_stage(x, x.plan.stages[i], i);
    drop_arrays(x, i);
  }
}

}  // namespace tessera
