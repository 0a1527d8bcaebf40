// How many threads each rank should run: ranks of one machine tell each other their CPU masks.
#include <unistd.h>

#include <algorithm>
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
};

}  // namespace

int default_threads(Communicator& ranks) {
  begin_call(ranks, {Hash().add("default_threads").value(), [] { return "for the number of threads"; }}, {});
  Placement mine;
  std::vector<Placement> all;
  together(ranks, [&] {
    mine.mask = affinity_mask();
    mine.quota = allowed_cpus().quota;
    all.resize(static_cast<std::size_t>(ranks.size()));
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
  const int threads = fair_threads(here, own);
  if (mine.quota <= 0) return threads;
  return std::clamp(static_cast<int>(std::ceil(mine.quota)) / static_cast<int>(here.size()), 1, threads);
}

}  // namespace tessera
