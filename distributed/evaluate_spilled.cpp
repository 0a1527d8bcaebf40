// Evaluations for which the budget has no room unless scratch files take a part (spill.hpp).
#include <tessera/core/sizes.hpp>
#include <tessera/distributed/evaluation.hpp>
#include <tessera/distributed/session_state.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {

// A way to evaluate the call's sinks within the budget, with its spills made, each by an evaluation of its own, and kept in their
// scratch files. returns: the sinks to evaluate over what is kept; none when there is no such way. Collective; throws the same
// on all ranks.
std::vector<Sink> Session::State::find_room(Evaluation& e, const Asked& asked, PlanLimits& limits,
                                            const SinkCall& call) {
  std::optional<WithinBudget> way;
  together(*comm, [&] {
    PlanLimits charged = limits;
    charge_planning(charged, asked.nodes, call);
    way = within_budget(call.sinks, charged, limits.scratch > 0 && has_one_node());
    if (way) kept.reserve(way->spills.size());
  });
  if (!way) return {};
  for (std::size_t i = 0; i < way->spills.size(); i++) spill(e, way->spills, i, limits, call);
  now_in("planning");
  return std::move(way->sinks);
}

void Session::State::spill(Evaluation& e, std::span<const Spill> spills, std::size_t number, PlanLimits& limits,
                           const SinkCall& call) {
  const Spill& spilled = spills[number];
  make_scratch_file(*spilled.file);
  limits.scratch -= ceil_div(spilled.file->info().stored_bytes, comm->size());
  Evaluation filling;
  filling.begin = Clock::now();
  Asked one;
  together(*comm, [&] {
    one.over = filling_sink(spills.first(number), spilled);
    one.sinks = one.over;
    one.requests = requests_of(one.sinks);
    one.nodes = topological_order(one.requests.roots);
  });
  plan_sinks(filling, one, limits, call);
  filling.execution->writers = {spilled.file.get()};
  run_plan(filling);
  gather_statistics(filling);
  e.spilled.add(statistics);
  kept.keep(spilled.node, spilled.array);
}

std::string Session::State::explained(const std::vector<PlanRequest>& requests, std::span<const Sink> sinks,
                                      const PlanLimits& limits, bool may_spill) const {
  try {
    return to_string(make_plan(requests, limits));
  } catch (const MemoryBudgetError& refused) {
    const auto way = within_budget(sinks, limits, may_spill && limits.scratch > 0 && has_one_node());
    if (!way) throw MemoryBudgetError(refused.what() + scratch_advice(sinks, limits));
    return tessera::explain(*way, limits);
  }
}

// Behind the refusal of a budget, where a folder for scratch files would have made room.
std::string Session::State::scratch_advice(std::span<const Sink> sinks, PlanLimits limits) const {
  if (limits.scratch > 0 || !has_one_node()) return "";
  limits.scratch = std::int64_t{1} << 60;
  return within_budget(sinks, limits, true) ? ", or let option 'scratch' name a folder for scratch files" : "";
}

// Rank 0 makes it, the others open it, and it loses its name, whether or not they could.
void Session::State::make_scratch_file(io::ScratchArray& file) {
  scratch_asked.reset();  // it takes from the room
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
