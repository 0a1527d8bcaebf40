#pragma once
// What the machine allows this process: memory, cores, and what the user asked for in words.
// Reads the system's files at each call and remembers nothing; changes nothing (neither affinity nor limits).
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/export.hpp>

namespace tessera {

class Communicator;

/// Where the system's facts come from. Tests put a made-up tree in place of "/", and made-up variables.
struct SystemView {
  std::string root;                                       ///< before "/proc/..." and "/sys/..."; empty: the real ones
  std::function<const char*(const char* name)> variable;  ///< empty: getenv
};

/// "512M", "512MiB", "512m" (all 2^20 bytes), "1.5G", "2GB", "4096", "50%" (of `whole`, in bytes) -> bytes.
/// throws UsageError naming `option` and the text; also for "%" when `whole` is 0, and for nothing or less.
TESSERA_API std::int64_t parse_size(std::string_view text, std::string_view option, std::int64_t whole = 0);
/// "512 MiB", "1.50 GiB", "17 B".
TESSERA_API std::string format_size(std::int64_t bytes);

struct MemoryLimit {
  std::int64_t bytes = 0;  ///< that this node's processes of this job may still take, all together
  std::string source;      ///< what set it: "cgroup", "SLURM_MEM_PER_NODE", "available memory"
};
/// The smallest of: the cgroups' limits less what is in use (page cache that can be dropped does not count as used),
/// SLURM's allocation, and MemAvailable.
TESSERA_API MemoryLimit available_memory(const SystemView& system = {});

struct AllowedCpus {
  int affinity = 1;  ///< CPUs in the mask (mpirun's binding shows here)
  double quota =
      0;  ///< CPUs' worth of time that the cgroup allows, shared with the job's other processes here; 0: no quota
  int count = 1;    ///< threads worth starting: min(affinity, quota rounded up)
  int machine = 1;  ///< CPUs that are online
};
TESSERA_API AllowedCpus allowed_cpus(const SystemView& system = {});
/// CPUs of this machine that processes of this job may use at all: min(online, quota).
TESSERA_API int machine_cpus();

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
/// The default of --threads: this rank's fair share of its mask and of the cgroup's quota. Collective.
TESSERA_API int default_threads(Communicator& ranks);

/// Of this process, in bytes (VmRSS, VmHWM); 0 where the system does not say.
TESSERA_API std::int64_t resident_bytes();
TESSERA_API std::int64_t peak_resident_bytes();

/// TESSERA_MEMORY, TESSERA_THREADS, TESSERA_DEVICE; empty when unset. The command line wins over them.
struct EnvironmentOptions {
  std::string memory;
  std::string threads;
  std::string device;
};
TESSERA_API EnvironmentOptions environment_options(const SystemView& system = {});

}  // namespace tessera
