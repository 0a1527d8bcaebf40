// The stages, one after another: memory for what a stage makes, its operator, copies of small results on every rank.
// The agreement at the stage's end throws on all ranks what has failed on one.
#include <tessera/core/hash.hpp>
#include <tessera/distributed/exchange/fetch.hpp>
#include <tessera/distributed/execute/operators.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {

void make_arrays(Execution& x, const Stage& stage) {
  for (const int number : stage.makes) {
    const auto& a = x.plan.array(number);
    // Results are known by what they are the values of; others nobody sees outside of this evaluation.
    Hash id;
    if (a.sinks.empty())
      id.add("kept").add(number);
    else
      id.add("result").add(x.values[a.sinks.front()]);
    x.arrays[number] =
        std::make_shared<SlabArray>(a.dtype, a.distribution, x.comm.rank(), id.value(), x.session, x.pool_in(a.space));
  }
}

void drop_arrays(Execution& x, std::size_t stage) {
  for (std::size_t i = 0; i < x.plan.arrays.size(); i++)
    if (x.plan.arrays[i].sinks.empty() && x.plan.arrays[i].last_stage <= static_cast<int>(stage)) x.arrays[i] = nullptr;
}

// Small arrays that the stage made: every rank gets all of them. Ends with the agreement about the whole stage.
void replicate_small(StageRun& stage) {
  Execution& x = stage.x;
  std::vector<std::pair<int, Replication>> replicas;
  stage.failure.then([&] {
    for (const int number : stage.stage.makes) {
      if (!x.plan.array(number).replicate) continue;
      const auto& a = *x.array(number);
      auto all = std::make_shared<SlabArray>(a.dtype(), Distribution::replicated(a.grid(), x.comm.size()),
                                             x.comm.rank(), a.identity(), x.session, x.pool_in(a.space()));
      replicas.emplace_back(number, Replication(x.comm, x.device, a, std::move(all), x.pool));
    }
  });
  agree(x.comm, stage.failure);
  for (auto& [number, replication] : replicas) {
    x.counters.add(replication.run());
    x.arrays[number] = replication.result();
  }
}

void run_stage(Execution& x, const Stage& stage, std::size_t index) {
  const TraceSpan span(x.lane(), Activity::stage, x.traced_stage(index));
  StageRun run_of{x, stage, index};
  run_of.failure.guard([&] { make_arrays(x, stage); });
  std::visit([&](const auto& op) { run(run_of, op); }, stage.op);
  const TraceSpan exchange(x.lane(), Activity::exchange, x.traced_stage(index));
  replicate_small(run_of);
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
