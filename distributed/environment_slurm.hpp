#pragma once
// What SLURM gave this process: CPUs and tasks, which the environment says, and memory, which often only the controller
// knows. srun exports no limit of its own: the tasks of `srun --mem=150` have no memory variable at all, and inside
// `salloc --mem=1000` those of a step with --mem=150 still see SLURM_MEM_PER_NODE=1000.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tessera/distributed/environment.hpp>

namespace tessera {

/// SLURM's counts by node: of "2(x3),1" node 0 to 2 have 2, node 3 has 1. 0 when there is no such node.
int slurm_count_of(std::string_view counts, int node);
/// The largest of them.
int slurm_largest_count(std::string_view counts);

/// The number of this process's step, when srun itself started it (mpirun's processes count as none: their step is that
/// of mpirun's daemon).
std::optional<std::int64_t> slurm_step(const SystemView& system);
/// CPUs of this node that the step (under mpirun: the job) has; nothing outside of SLURM's nodes.
std::optional<int> slurm_cpus(const SystemView& system);
/// What `scontrol -o show step` (outside of a step: `show job`) prints of this process. Empty when it need not be
/// asked, because this is no job of SLURM's, its cgroup has the limit, or the variables say all that there is;
/// `slurm_silent` when scontrol has no answer within some seconds.
std::string slurm_record(const SystemView& system);
inline constexpr std::string_view slurm_silent = "silent";
/// Bytes that the step (or job) of a record has on this node; nothing when the record does not say.
std::optional<std::int64_t> slurm_memory(const std::string& record, const SystemView& system);

}  // namespace tessera
