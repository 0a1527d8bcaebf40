#pragma once
// Control groups, version 1 and 2 and both at once: the limits of this process's group and of all groups above it.
#include <cstdint>
#include <optional>
#include <string>

namespace tessera {

/// The whole text of a small system file; nothing when it can't be read.
std::optional<std::string> read_system_file(const std::string& path);

/// Bytes that the tightest memory group still has free, file cache counted as free; nothing when no group has a limit.
std::optional<std::int64_t> cgroup_free_memory(const std::string& root);
/// Whether `group` (the last part of its path), one of this process's groups, or one below it has a limit of memory.
bool cgroup_limits(const std::string& root, const std::string& group);
/// CPUs that this process's group may run on; nothing when it does not say.
std::optional<int> cgroup_cpus(const std::string& root);
/// CPUs' worth of time of the tightest group; nothing when there is no quota.
std::optional<double> cgroup_cpu_quota(const std::string& root);

}  // namespace tessera
