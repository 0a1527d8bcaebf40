// How many threads each rank should run: ranks of one machine tell each other their CPU masks.
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <tessera/distributed/call.hpp>
#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/environment.hpp>
#include <tessera/distributed/together.hpp>
#include <vector>

namespace tessera {
namespace {

struct Placement {
  CpuMask mask;
  char host[64] = {};  // names of machines, cut; ranks of one machine see the same
  double quota = 0;
  int slurm = 0, per_task = 0;
};

/// CPUs that any of these may use.
int together_on(const std::vector<CpuMask>& masks) {
  int count = 0;
  for (std::size_t word = 0; word < std::size(CpuMask{}.words); word++) {
    std::uint64_t any = 0;
    for (const auto& mask : masks) any |= mask.words[word];
    count += std::popcount(any);
  }
  return count;
}

}  // namespace

int default_threads(Communicator& ranks) {
  begin_call(ranks, {Hash().add("default_threads").value(), [] { return "for the number of threads"; }}, {});
  Placement mine;
  std::vector<Placement> all;
  together(ranks, [&] {
    mine.mask = affinity_mask();
    const AllowedCpus allowed = allowed_cpus();
    mine.quota = allowed.quota;
    mine.slurm = allowed.slurm;
    mine.per_task = allowed.per_task;
    all.resize(ranks.size());
  });
  gethostname(mine.host, sizeof mine.host - 1);
  ranks.allgather(reinterpret_cast<const std::byte*>(&mine), reinterpret_cast<std::byte*>(all.data()), sizeof mine);

  std::vector<CpuMask> here;
  int own = 0;
  for (std::size_t rank = 0; rank < all.size(); rank++) {
    if (std::memcmp(all[rank].host, mine.host, sizeof mine.host) != 0) continue;
    if (static_cast<int>(rank) == ranks.rank()) own = static_cast<int>(here.size());
    here.push_back(all[rank].mask);
  }
  int threads = fair_threads(here, own);
  const int ranks_here = static_cast<int>(here.size());
  if (mine.quota > 0) threads = std::clamp(static_cast<int>(std::ceil(mine.quota)) / ranks_here, 1, threads);
  // Where SLURM does not bind, the mask is the machine's, of which the job has a part.
  if (mine.per_task > 0) return std::min(threads, mine.per_task);
  if (mine.slurm > 0 && mine.slurm < together_on(here)) threads = std::clamp(mine.slurm / ranks_here, 1, threads);
  return threads;
}

}  // namespace tessera
