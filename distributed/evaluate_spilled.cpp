// Evaluations for which the budget has no room unless scratch files take a part (spill.hpp).
#include <tessera/core/sizes.hpp>
#include <tessera/distributed/evaluation.hpp>
#include <tessera/distributed/session_state.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {

// What has no room in memory is made first, each by an evaluation of its own, and kept in its scratch file. returns: whether that
// helps. Collective; throws the same on all ranks.
bool Session::State::spill(Evaluation& e, const Asked& asked, PlanLimits& limits, const SinkCall& call) {
  if (limits.scratch <= 0 || !has_one_node()) return false;
  std::vector<Spill> spills;
  together(*comm, [&] {
    PlanLimits charged = limits;
    charge_planning(charged, asked.nodes, call);
    spills = spills_for(call.sinks, charged);
    kept.reserve(spills.size());
  });
  for (std::size_t i = 0; i < spills.size(); i++) {
    const auto before = std::span(spills).first(i);
    make_scratch_file(*spills[i].file);
    limits.scratch -= ceil_div(spills[i].file->info().stored_bytes, comm->size());
    Evaluation filling;
    filling.begin = Clock::now();
    Asked one;
    together(*comm, [&] {
      one.over = filling_sink(before, spills[i]);
      one.sinks = one.over;
      one.requests = requests_of(one.sinks);
      one.nodes = topological_order(one.requests.roots);
    });
    plan_sinks(filling, one, limits, call);
    filling.execution->writers = {spills[i].file.get()};
    run_plan(filling);
    gather_statistics(filling);
    e.spilled.add(statistics);
    kept.keep(spills[i].node, spills[i].array);
  }
  now_in("planning");
  return !spills.empty();
}

std::string Session::State::explained(const std::vector<PlanRequest>& requests, std::span<const Sink> sinks,
                                      const PlanLimits& limits, bool spilling) const {
  try {
    return to_string(make_plan(requests, limits));
  } catch (const MemoryBudgetError&) {
    const std::vector<Spill> spills =
        spilling && limits.scratch > 0 && has_one_node() ? spills_for(sinks, limits) : std::vector<Spill>();
    if (spills.empty()) throw;
    return explain_spills(sinks, spills, limits);
  }
}

// Rank 0 makes it, the others open it, and it loses its name, whether or not they could.
void Session::State::make_scratch_file(io::ScratchArray& file) {
  std::string path;
  const bool makes = comm->rank() == 0;
  together(*comm, [&] {
    if (makes) path = file.create(scratch);
  });
  Failure failure;
  try {
    std::string name = path;
    comm->broadcast(name, 0);
    failure.guard([&] {
      if (!makes) file.open(name);
    });
    agree(*comm, failure);
  } catch (...) {
    if (makes) io::ScratchArray::remove_name(path);
    throw;
  }
  if (makes) io::ScratchArray::remove_name(path);
}

}  // namespace tessera
