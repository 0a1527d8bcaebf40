#include <tessera/distributed/plan/charge_memory.hpp>

#include <algorithm>

#include <tessera/core/memory/pool.hpp>
#include <tessera/distributed/exchange/rounds.hpp>

namespace tessera {
namespace {

Amount rounded(Amount bytes) { return MemoryPool::rounded(bytes.value()); }

// What an array takes on a rank while it is there.
Amount array_bytes(const Plan& plan, const PlanArray& a) {
  const Amount all = Amount(num_elements(a.distribution.grid().shape())) * item_size(a.dtype);
  Amount bytes = rounded(Amount(a.distribution.most_elements()) * item_size(a.dtype));
  if (a.replicate) bytes += 2 * rounded(all);
  for (int sink : a.sinks)
    if (plan.sink(sink).kind == PlanSink::Kind::gather) bytes += all;
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

StreamTotals replica_streams(const Plan& plan, const Stage& stage) {
  const int ranks = plan.limits.ranks;
  StreamTotals streams(ranks, largest_message(0, ranks));
  for (const int number : stage.makes)
    if (const PlanArray& a = plan.array(number); a.replicate) streams.to_all(a.distribution, a.dtype);
  return streams;
}

StreamTotals result_streams(const Plan& plan) {
  const int ranks = plan.limits.ranks;
  StreamTotals streams(ranks, largest_message(message_bytes(plan.limits.memory), ranks));
  for (const PlanArray& a : plan.arrays)
    for (const int sink : a.sinks)
      if (plan.sink(sink).kind == PlanSink::Kind::gather && !a.replicate) streams.to_all(a.distribution, a.dtype);
  return streams;
}

std::optional<Shortfall> charge_memory(Plan& plan) {
  const std::vector<Amount> resident = resident_bytes(plan);
  std::optional<Shortfall> shortfall;
  plan.peak = 0;
  for (std::size_t i = 0; i < plan.stages.size(); i++) {
    Stage& s = plan.stages[i];
    s.array_bytes = resident[i].value();
    // Nothing is beyond a budget that is beyond 64 bits.
    const std::int64_t memory = plan.limits.memory;
    const std::int64_t available = Amount(memory) == Amount::beyond() ? memory : memory - s.array_bytes;
    const std::optional<std::int64_t> missing = std::visit([&](auto& op) { return fit(plan, op, available); }, s.op);
    s.operator_bytes = std::visit([](const auto& op) { return memory_of(op); }, s.op);
    // What comes after the operator: messages with copies for every rank.
    Amount after = replica_streams(plan, s).memory();
    if (i + 1 == plan.stages.size()) after = std::max(after, result_streams(plan).memory());
    s.operator_bytes = std::max(s.operator_bytes, after.value());
    if (missing || after > available) {
      const std::int64_t needed = (Amount(s.array_bytes) + std::max(after, Amount(missing.value_or(0)))).value();
      if (!shortfall || needed > shortfall->needed) shortfall = {needed, s.name};
    }
    plan.peak = std::max(plan.peak, s.peak());
  }
  return shortfall;
}

}  // namespace tessera
