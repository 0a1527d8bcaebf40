#include <tessera/distributed/trace.hpp>

#include <algorithm>

#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {
// Spans of all lanes of a rank together: 2 MiB of them, about 20 GiB of tiles that are read, computed and written.
constexpr std::size_t spans_per_rank = std::size_t{1} << 16, fewest_per_lane = 512;
constexpr std::size_t most_stage_names = 10000;
}  // namespace

Trace::Trace(Communicator& comm, const std::shared_ptr<MemoryPool>& pool, int threads) {
  const std::size_t lanes = static_cast<std::size_t>(threads) + 1,
                    room = std::max(spans_per_rank / lanes, fewest_per_lane);
  together(comm, [&] {
    memory_ = Buffer(pool, static_cast<std::int64_t>(lanes * room * sizeof(TraceEvent)), "the trace");
    lanes_.reserve(lanes);
  });
  comm.barrier();
  const auto start = std::chrono::steady_clock::now();
  auto* events = reinterpret_cast<TraceEvent*>(memory_.data());
  std::uninitialized_default_construct_n(events, lanes * room);
  for (std::size_t k = 0; k < lanes; k++) lanes_.emplace_back(std::span(events + k * room, room), start);
}

int Trace::add_stages(const std::vector<std::string>& names) {
  if (stages_.size() + names.size() > most_stage_names) return -1;
  stages_.insert(stages_.end(), names.begin(), names.end());
  return static_cast<int>(stages_.size() - names.size());
}

}  // namespace tessera
