// What a node's ranks may take, when only SLURM's controller knows: one rank asks for all. A step's limit does not
// change while it runs, so that it is asked once in a process.
#include <mutex>
#include <optional>
#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/environment.hpp>
#include <tessera/distributed/environment_slurm.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {

std::string record_asked_once() {
  static std::mutex mutex;
  static std::optional<std::string> known;
  const std::lock_guard lock(mutex);
  if (!known) known = slurm_record({});
  return *known;
}

}  // namespace

MemoryLimit available_memory(Communicator& ranks, bool complete) {
  std::string record;
  together(ranks, [&] {
    if (ranks.rank() == 0 && complete) record = record_asked_once();
  });
  ranks.broadcast(record, 0);
  MemoryLimit limit;
  together(ranks, [&] { limit = available_memory({}, record); });
  return limit;
}

}  // namespace tessera
