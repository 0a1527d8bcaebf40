#pragma once
// The machine as hwloc sees it, for `tessera doctor` and for choices of tile sizes. Looking takes some milliseconds and
// MiB.
#include <cstdint>
#include <string>

#include <tessera/core/export.hpp>

namespace tessera {

struct Machine {
  std::string processor;                                 ///< "AMD EPYC 9654 96-Core Processor"; empty when unknown
  int sockets = 1, numa_nodes = 1, cores = 1, cpus = 1;  ///< cpus: hardware threads
  std::int64_t memory = 0;                               ///< bytes that the system manages
  std::int64_t l1 = 0, l2 = 0, l3 = 0;                   ///< bytes of one data or unified cache; 0 when unknown
  int l2_cpus = 0, l3_cpus = 0;                          ///< hardware threads that share one
};

/// throws InternalError when hwloc can't read the topology.
TESSERA_API Machine look_at_machine();
/// "1 socket, 2 cores, 2 hardware threads, 1 NUMA node, 24 GiB; L1 32 KiB, L2 1 MiB, L3 33 MiB"
TESSERA_API std::string to_string(const Machine& machine);

}  // namespace tessera
