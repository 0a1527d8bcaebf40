#pragma once
// What one rank sees of its machine; rank 0 gathers them for `tessera doctor`.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <tessera/tessera.hpp>

namespace tessera::command {

struct RankFacts {
  int rank = 0, node_rank = 0, node_size = 1;
  std::string host, processor, machine;  ///< `machine`: sockets, cores, caches
  std::string simd, math;                ///< SIMD target and math family of the kernels
  std::string cpus;                      ///< those of the affinity mask: "0-3,8"
  int affinity = 1, online = 1, numa_nodes = 1;
  double quota = 0;             ///< CPUs' worth of time that the cgroup allows; 0: no limit
  int slurm = 0, per_task = 0;  ///< CPUs that SLURM gave the job here, and each task; 0: it does not say
  int job = 1;                  ///< CPUs that this job may use here
  std::int64_t memory = 0;      ///< bytes that the machine has
  std::int64_t available = 0;   ///< bytes for all processes here
  std::string available_source;
  bool silent = false;             ///< SLURM may allow less, and did not say so
  std::int64_t shared_memory = 0;  ///< free bytes of /dev/shm; -1 when there is none
  int gpus = 0;                    ///< device files of the NVIDIA driver
  NLOHMANN_DEFINE_TYPE_INTRUSIVE(RankFacts, rank, node_rank, node_size, host, processor, machine, simd, math, cpus,
                                 affinity, online, numa_nodes, quota, slurm, per_task, job, memory, available,
                                 available_source, silent, shared_memory, gpus)
};

/// Of this rank. Never throws: what can't be found out keeps its default.
RankFacts look_around(const Communicator& ranks, const MemoryLimit& memory);
/// Of all ranks, on every rank. Collective.
std::vector<RankFacts> gather_facts(Communicator& ranks);
/// {0, 1, 2, 8} as "0-2,8".
std::string ranges_text(const CpuMask& mask);
/// What the facts show to be wrong, each with what to do about it. threads: per rank.
std::vector<std::string> problems(const std::vector<RankFacts>& facts, int threads);

}  // namespace tessera::command
