#include <tessera/distributed/plan/charge_memory.hpp>

#include <algorithm>

#include <tessera/core/errors.hpp>
#include <tessera/core/memory/pool.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

Amount rounded(Amount bytes) { return MemoryPool::rounded(bytes.value()); }

/// The stage that makes an array of the plan.
int made_by(const Plan& plan, std::size_t array) {
  for (std::size_t i = 0; i < plan.stages.size(); i++)
    for (const auto& o : plan.stages[i].outputs)
      if (o.array == static_cast<int>(array)) return static_cast<int>(i);
  return 0;
}

// Sizes all stages for `memory` bytes. returns: 0; when they don't fit, what the most demanding one takes.
std::int64_t charge_memory(Plan& plan, std::int64_t memory, std::size_t& tightest) {
  const auto& limits = plan.limits;
  const std::int64_t largest_message = message_bytes(memory);
  std::int64_t most_needed = 0;
  plan.peak = 0;
  for (std::size_t i = 0; i < plan.stages.size(); i++) {
    Stage& s = plan.stages[i];
    Amount resident, fetched, exchanged;
    for (std::size_t k = 0; k < plan.arrays.size(); k++) {
      const auto& a = plan.arrays[k];
      const bool made = made_by(plan, k) <= static_cast<int>(i),
                 alive = !a.sinks.empty() || a.last_stage >= static_cast<int>(i);
      if (!made || !alive) continue;
      const Amount all = Amount(num_elements(a.distribution.grid().shape())) * item_size(a.dtype);
      resident += rounded(Amount(a.distribution.most_elements()) * item_size(a.dtype));
      if (a.replicate) resident += 2 * rounded(all);
      for (int sink : a.sinks)
        if (plan.sinks[static_cast<std::size_t>(sink)].kind == PlanSink::Kind::gather) resident += all;
    }
    for (int f : s.fetches) {
      Amount most;
      const auto& v = s.values[static_cast<std::size_t>(f)];
      for (int r = 0; r < limits.ranks; r++)
        most = std::max(most, Amount(needed_box(s, v, r).size()) * item_size(v.dtype));
      fetched += rounded(most);
    }
    // A message is never smaller than 64 KiB, one to every peer.
    if (!s.fetches.empty())
      exchanged += 2 * std::max<std::int64_t>(largest_message, std::int64_t{64 << 10} * (limits.ranks - 1));
    if (limits.ranks > 1)
      for (const auto& o : s.outputs)
        if (o.is_reduce) {
          const Amount chunk = o.fold.layout().bytes(num_elements(kept_axes(s.grid.largest(), o.reduced)));
          exchanged += std::min(2 * chunk * limits.ranks, 2 * std::max(chunk, Amount(largest_message)));
        }
    s.resident_bytes = resident.value(), s.fetch_bytes = fetched.value(), s.exchange_bytes = exchanged.value();
    const std::int64_t needed = size_tiles(plan, s, memory);
    if (needed > most_needed) most_needed = needed, tightest = i;
    plan.peak = std::max(plan.peak, s.peak());
  }
  return most_needed;
}

// A larger budget takes larger messages: asks again until what it asks for is enough.
[[noreturn]] void refuse(Plan& plan, std::int64_t needed, std::size_t tightest) {
  const std::string name = plan.stages[tightest].name;
  while (const std::int64_t more = charge_memory(plan, needed, tightest)) needed = more;
  // The process itself takes some pages more or less in its next run.
  const std::int64_t grace = plan.limits.baseline > 0 ? 1 << 20 : 0;
  const auto mib = std::to_string(ceil_div((Amount(needed) + plan.limits.baseline + grace).value(), 1 << 20));
  throw MemoryBudgetError("stage '" + name + "' needs at least " + mib + " MiB per rank; the budget is " +
                          std::to_string((plan.limits.memory + plan.limits.baseline) >> 20) + " MiB: use --memory " +
                          mib + "M or more");
}

}  // namespace

void charge_memory(Plan& plan) {
  std::size_t tightest = 0;
  if (const std::int64_t needed = charge_memory(plan, plan.limits.memory, tightest)) refuse(plan, needed, tightest);
}

}  // namespace tessera
