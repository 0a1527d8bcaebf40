#include <tessera/distributed/plan/charge_memory.hpp>

#include <algorithm>

#include <tessera/core/memory/pool.hpp>
#include <tessera/distributed/exchange/rounds.hpp>

namespace tessera {
namespace {

Amount rounded(Amount bytes) { return MemoryPool::rounded(bytes.value()); }

// Bytes by rank. Ranks that have the most of one array may have the least of another.
using ByRank = std::vector<unsigned __int128>;

// The elements of an array on every rank.
std::vector<std::int64_t> elements_by_rank(const Distribution& d) {
  std::vector<std::int64_t> n(static_cast<std::size_t>(d.ranks()));
  if (d.has_runs())
    for (int r = 0; r < d.ranks(); r++) n[static_cast<std::size_t>(r)] = d.elements(r);
  else
    for_each_index(d.grid().counts(),
                   [&](const Dims& at) { n[static_cast<std::size_t>(d.owner(at))] += d.grid().box(at).size(); });
  return n;
}

// What an array takes while it is there.
std::vector<Amount> array_bytes(const Plan& plan, const PlanArray& a) {
  const Amount all = Amount(num_elements(a.distribution.grid().shape())) * item_size(a.dtype);
  Amount everywhere;
  if (a.replicate) everywhere += 2 * rounded(all);
  for (int sink : a.sinks)
    if (plan.sink(sink).kind == PlanSink::Kind::gather) everywhere += all;
  std::vector<Amount> bytes;
  for (const auto n : elements_by_rank(a.distribution))
    bytes.push_back(rounded(Amount(n) * item_size(a.dtype)) + everywhere);
  return bytes;
}

Amount most(const ByRank& bytes) {
  const auto n = *std::max_element(bytes.begin(), bytes.end());
  const auto beyond = static_cast<unsigned __int128>(Amount::beyond().value());
  return static_cast<std::int64_t>(std::min(n, beyond));
}

// What is resident in each stage: from the stage that makes an array to the last that reads it, or to the end.
std::vector<Amount> resident_bytes(const Plan& plan) {
  std::vector<std::vector<const PlanArray*>> made(plan.stages.size());
  for (const auto& a : plan.arrays) made[static_cast<std::size_t>(a.first_stage)].push_back(&a);
  std::vector<Amount> resident;
  std::vector<std::pair<const PlanArray*, std::vector<Amount>>> alive;
  ByRank bytes(static_cast<std::size_t>(plan.limits.ranks));
  for (std::size_t i = 0; i < made.size(); i++) {
    for (const auto* a : made[i]) {
      alive.emplace_back(a, array_bytes(plan, *a));
      for (std::size_t r = 0; r < bytes.size(); r++)
        bytes[r] += static_cast<std::uint64_t>(alive.back().second[r].value());
    }
    resident.push_back(most(bytes));
    std::erase_if(alive, [&](const auto& a) {
      if (!a.first->sinks.empty()) return true;  // stays to the end
      if (a.first->last_stage > static_cast<int>(i)) return false;
      for (std::size_t r = 0; r < bytes.size(); r++) bytes[r] -= static_cast<std::uint64_t>(a.second[r].value());
      return true;
    });
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
