#include <tessera/distributed/plan/charge_memory.hpp>

#include <algorithm>

#include <tessera/core/errors.hpp>
#include <tessera/core/memory/pool.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

Amount rounded(Amount bytes) { return MemoryPool::rounded(bytes.value()); }

// What an array takes on a rank while it is there.
Amount array_bytes(const Plan& plan, const PlanArray& a) {
  const Amount all = Amount(num_elements(a.distribution.grid().shape())) * item_size(a.dtype);
  Amount bytes = rounded(Amount(a.distribution.most_elements()) * item_size(a.dtype));
  if (a.replicate) bytes += 2 * rounded(all);
  for (int sink : a.sinks)
    if (plan.sinks[static_cast<std::size_t>(sink)].kind == PlanSink::Kind::gather) bytes += all;
  return bytes;
}

// What is resident in each stage: from the stage that makes an array to the last that reads it, or to the end.
std::vector<Amount> resident_bytes(const Plan& plan) {
  std::vector<std::vector<const PlanArray*>> made(plan.stages.size());
  for (const auto& a : plan.arrays) made[static_cast<std::size_t>(a.first_stage)].push_back(&a);
  std::vector<Amount> resident;
  std::vector<std::pair<const PlanArray*, Amount>> alive;
  for (std::size_t i = 0; i < made.size(); i++) {
    for (const auto* a : made[i]) alive.emplace_back(a, array_bytes(plan, *a));
    Amount bytes;
    for (const auto& a : alive) bytes += a.second;
    resident.push_back(bytes);
    std::erase_if(alive,
                  [&](const auto& a) { return a.first->sinks.empty() && a.first->last_stage <= static_cast<int>(i); });
  }
  return resident;
}

}  // namespace

std::optional<Shortfall> charge_memory(Plan& plan) {
  const auto& limits = plan.limits;
  const std::int64_t largest_message = message_bytes(limits.memory);
  const std::vector<Amount> resident = resident_bytes(plan);
  std::optional<Shortfall> shortfall;
  plan.peak = 0;
  for (std::size_t i = 0; i < plan.stages.size(); i++) {
    Stage& s = plan.stages[i];
    Amount fetched, exchanged;
    for (const auto& f : s.fetches) {
      Amount most;
      const std::int64_t item = item_size(s.values[static_cast<std::size_t>(f.values[0])].dtype);
      for (int r = 0; r < limits.ranks; r++) most = std::max(most, Amount(fetched_box(s, f, r).size()) * item);
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
    s.resident_bytes = resident[i].value(), s.fetch_bytes = fetched.value(), s.exchange_bytes = exchanged.value();
    const std::int64_t needed = size_tiles(plan, s, limits.memory);
    if (needed > 0 && (!shortfall || needed > shortfall->needed)) shortfall = {needed, s.name};
    plan.peak = std::max(plan.peak, s.peak());
  }
  return shortfall;
}

}  // namespace tessera
