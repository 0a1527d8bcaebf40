#include <tessera/distributed/plan/charge_memory.hpp>

#include <algorithm>

#include <tessera/distributed/exchange/rounds.hpp>
#include <tessera/distributed/plan/file_walk.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

// Bytes by rank. Ranks that have the most of one array may have the least of another.
using ByRank = std::vector<unsigned __int128>;

// The elements of an array on every rank.
std::vector<std::int64_t> elements_by_rank(const Distribution& d) {
  std::vector<std::int64_t> n(static_cast<std::size_t>(d.ranks()));
  if (d.has_runs())
    for (int r = 0; r < d.ranks(); r++) n[r] = d.elements(r);
  else
    for_each_index(d.grid().counts(), [&](const Dims& at) { n[d.owner(at)] += d.grid().box(at).size(); });
  return n;
}

// What an array takes of a space while it is there.
std::vector<Amount> array_bytes(const Plan& plan, const PlanArray& a, Space space) {
  const Amount all = Amount(num_elements(a.distribution.grid().shape())) * item_size(a.dtype);
  Amount everywhere;
  if (a.replicate && space == a.space) everywhere += rounded(plan.limits, space, all);
  if (a.replicate && space == Space::host) everywhere += rounded(plan.limits, space, all);  // as it is fetched
  for (int sink : a.sinks)
    if (space == Space::host && plan.sink(sink).kind == PlanSink::Kind::gather) everywhere += all;
  std::vector<Amount> bytes;
  for (const auto n : elements_by_rank(a.distribution)) {
    bytes.push_back(everywhere);
    if (space == a.space) bytes.back() += rounded(plan.limits, space, Amount(n) * item_size(a.dtype));
  }
  return bytes;
}

Amount most(const ByRank& bytes) {
  const auto n = *std::max_element(bytes.begin(), bytes.end());
  const auto beyond = static_cast<unsigned __int128>(Amount::beyond().value());
  return static_cast<std::int64_t>(std::min(n, beyond));
}

// What is resident of a space in each stage: from the stage that makes an array to the last that reads it, or to the end.
std::vector<Amount> resident_bytes(const Plan& plan, Space space) {
  std::vector<std::vector<const PlanArray*>> made(plan.stages.size());
  for (const auto& a : plan.arrays) made[a.first_stage].push_back(&a);
  std::vector<Amount> resident;
  std::vector<std::pair<const PlanArray*, std::vector<Amount>>> alive;
  ByRank bytes(static_cast<std::size_t>(plan.limits.ranks));
  for (std::size_t i = 0; i < made.size(); i++) {
    for (const auto* a : made[i]) {
      alive.emplace_back(a, array_bytes(plan, *a, space));
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

// Of a budget, beside arrays. Nothing is beyond a budget that is beyond 64 bits.
Amount left(std::int64_t budget, Amount arrays) {
  return Amount(budget) == Amount::beyond() ? budget : budget - arrays.value();
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
  const PlanLimits& limits = plan.limits;
  const std::vector<Amount> on_host = resident_bytes(plan, Space::host);
  const std::vector<Amount> on_device =
      limits.device ? resident_bytes(plan, Space::device) : std::vector<Amount>(plan.stages.size());
  std::optional<Shortfall> shortfall;
  plan.peak = plan.device_peak = plan.scratch_peak = 0;
  for (std::size_t i = 0; i < plan.stages.size(); i++) {
    Stage& s = plan.stages[i];
    s.array_bytes = on_host[i].value();
    const SpaceBytes available{left(limits.memory, on_host[i]), left(limits.device_memory, on_device[i]),
                               limits.scratch};
    const std::optional<SpaceBytes> missing = std::visit([&](auto& op) { return fit(plan, op, available); }, s.op);
    const SpaceBytes of = std::visit([](const auto& op) { return memory_of(op); }, s.op);
    // What comes after the operator: messages with copies for every rank.
    Amount after = replica_streams(plan, s).memory();
    if (i + 1 == plan.stages.size()) after = std::max(after, result_streams(plan).memory());
    s.operator_bytes = std::max(of.host, after).value();
    s.device_bytes = (on_device[i] + of.device).value();
    s.scratch_bytes = of.scratch.value();
    if (const auto* tiles = std::get_if<TileOperator>(&s.op)) s.scratch_bytes = block_file_bytes(plan, *tiles);
    const auto misses = [&](Space space, Amount needed, Amount arrays) {
      const std::int64_t all = (arrays + needed).value();
      if (!shortfall || all > shortfall->needed) shortfall = {space, all, s.name};
    };
    const Amount host = missing ? std::max(after, missing->host) : after;
    if (host > available.host)
      misses(Space::host, host, on_host[i]);
    else if (missing)
      misses(Space::device, missing->device, on_device[i]);
    plan.peak = std::max(plan.peak, s.peak());
    plan.device_peak = std::max(plan.device_peak, s.device_bytes);
    plan.scratch_peak = std::max(plan.scratch_peak, s.scratch_bytes);
  }
  return shortfall;
}

}  // namespace tessera
