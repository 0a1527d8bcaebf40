#pragma once
// What the machine allows this process: memory, cores, and what the user asked for in words.
// Reads the system's files at each call and remembers nothing; changes nothing (neither affinity nor limits).
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/byte_sizes.hpp>
#include <tessera/core/export.hpp>

namespace tessera {

class Communicator;

/// Where the system's facts come from. Tests put a made-up tree in place of "/", and made-up variables.
struct SystemView {
  std::string root;                                       ///< before "/proc/..." and "/sys/..."; empty: the real ones
  std::function<const char*(const char* name)> variable;  ///< empty: getenv
  /// A variable of the environment; null when it is not set.
  TESSERA_API const char* get(const char* name) const;
};

struct MemoryLimit {
  std::int64_t bytes = 0;  ///< that this node's processes of this job may still take, all together
  std::string source;      ///< what set it: "cgroup", "SLURM_MEM_PER_NODE", "SLURM's step", "available memory"
  bool silent = false;     ///< SLURM may allow less, and did not answer
};
/// The smallest of: the cgroups' limits less what is in use (page cache that can be dropped does not count as used),
/// SLURM's allocation, and MemAvailable.
/// slurm_record: what SLURM's controller says of this step, from `slurm_record`.
TESSERA_API MemoryLimit available_memory(const SystemView& system = {}, const std::string& slurm_record = {});
/// The same of this rank's node, with what SLURM's controller says, which rank 0 asks once (5 s at most), and only when
/// `complete`. Collective.
TESSERA_API MemoryLimit available_memory(Communicator& ranks, bool complete = true);

/// Tasks that a SLURM job was given and nothing has started: `salloc -n 4 tessera` is one process in a job for four. 0
/// where that is not so, or what was started was asked for (srun, mpirun).
TESSERA_API int slurm_tasks_not_started(const SystemView& system = {});

/// What most nodes of SLURM's default partition have.
struct SlurmNode {
  std::string partition;
  int cpus = 0;  ///< 0: there is no SLURM here (no sinfo, or no answer within 5 s)
  int sockets = 1;
  std::int64_t memory = 0;  ///< bytes that jobs may have
};
TESSERA_API SlurmNode usual_slurm_node();

struct AllowedCpus {
  int affinity = 1;  ///< CPUs in the mask (mpirun's binding shows here)
  double quota =
      0;  ///< CPUs' worth of time that the cgroup allows, shared with the job's other processes here; 0: no quota
  int slurm = 0;     ///< those that SLURM gave the job here, shared with its other processes here; 0: it does not say
  int per_task = 0;  ///< SLURM_CPUS_PER_TASK: for each rank; 0: not asked for
  int count = 1;     ///< threads worth starting: min(affinity, quota rounded up)
  int machine = 1;   ///< CPUs that are online
  int job = 1;  ///< CPUs of this machine that processes of this job may use at all: min(machine, cgroup, quota, slurm)
};
TESSERA_API AllowedCpus allowed_cpus(const SystemView& system = {});

/// A set of CPUs as bits, for 4096 of them.
struct CpuMask {
  std::uint64_t words[64] = {};
  bool operator==(const CpuMask&) const = default;
};
TESSERA_API CpuMask affinity_mask();
/// The threads that rank `own` should run when the ranks of one machine have these masks: each CPU is shared by the
/// ranks that may use it. Two ranks on {0,1} get one each; bound to {0} and {1}, also one each; a rank alone on {0,1}
/// gets two. At least one.
TESSERA_API int fair_threads(std::span<const CpuMask> masks, int own);
/// The default of --threads: this rank's fair share of its mask, of the cgroup's quota and of SLURM's allocation, but
/// no more than SLURM_CPUS_PER_TASK. Collective.
TESSERA_API int default_threads(Communicator& ranks);

/// Of this process, in bytes (VmRSS, VmHWM); 0 where the system does not say.
TESSERA_API std::int64_t resident_bytes();
TESSERA_API std::int64_t peak_resident_bytes();

/// TESSERA_MEMORY, TESSERA_THREADS, TESSERA_DEVICE, TESSERA_DEVICE_MEMORY, TESSERA_DEVICE_LEAST, TESSERA_SCRATCH; empty when unset. The command
/// line wins over them.
struct EnvironmentOptions {
  std::string memory;
  std::string threads;
  std::string device;
  std::string device_memory;
  std::string device_least;
  std::string scratch;
};
TESSERA_API EnvironmentOptions environment_options(const SystemView& system = {});

}  // namespace tessera
