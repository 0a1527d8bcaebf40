#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <tessera/core/errors.hpp>
#include <tessera/distributed/environment.hpp>
#include <tessera/distributed/environment_cgroup.hpp>
#include <tessera/distributed/environment_slurm.hpp>

namespace tessera {
namespace {

/// A count in a variable; nothing when it is unset or no number.
std::optional<std::int64_t> positive_number_in(const SystemView& system, const char* name) {
  const char* text = system.get(name);
  if (text == nullptr) return {};
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text, text + std::strlen(text), value);
  if (error != std::errc() || value <= 0) return {};
  return value;
}

/// "VmRSS:   1234 kB" -> bytes; nothing when the field is not there.
std::optional<std::int64_t> kilobytes_field(const std::string& path, const std::string& name) {
  const auto text = read_system_file(path);
  if (!text) return {};
  auto at = text->find(name + ":");
  if (at == std::string::npos || (at > 0 && (*text)[at - 1] != '\n')) return {};
  return std::strtoll(text->c_str() + at + name.size() + 1, nullptr, 10) * 1024;
}

int online_cpus() { return static_cast<int>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN))); }

int with_quota(int cpus, double quota) {
  return quota > 0 ? std::clamp(static_cast<int>(std::ceil(quota)), 1, cpus) : std::max(1, cpus);
}

int population(const CpuMask& mask) {
  int count = 0;
  for (const auto word : mask.words) count += std::popcount(word);
  return count;
}

}  // namespace

const char* SystemView::get(const char* name) const { return variable ? variable(name) : std::getenv(name); }

MemoryLimit available_memory(const SystemView& system, const std::string& slurm_record) {
  MemoryLimit limit{std::numeric_limits<std::int64_t>::max(), "nothing known"};
  const auto consider = [&](std::optional<std::int64_t> bytes, const char* source) {
    if (bytes && *bytes < limit.bytes) limit = {*bytes, source, limit.silent};
  };
  consider(kilobytes_field(system.root + "/proc/meminfo", "MemAvailable"), "available memory");
  constexpr std::int64_t mebibyte = 1 << 20;
  if (const auto megabytes = positive_number_in(system, "SLURM_MEM_PER_NODE")) {
    consider(*megabytes * mebibyte, "SLURM_MEM_PER_NODE");
  } else if (const auto each = positive_number_in(system, "SLURM_MEM_PER_CPU")) {
    if (const auto cpus = positive_number_in(system, "SLURM_CPUS_ON_NODE"))
      consider(*each * *cpus * mebibyte, "SLURM_MEM_PER_CPU");
  }
  if (!slurm_record.empty()) {
    const auto known = slurm_memory(slurm_record, system);
    consider(known, slurm_step(system) ? "SLURM's step" : "SLURM's job");
    limit.silent = !known;
  }
  consider(cgroup_free_memory(system.root), "cgroup");
  return limit;
}

CpuMask affinity_mask() {
  CpuMask mask;
  static_assert(sizeof(mask.words) * 8 >= CPU_SETSIZE);
  // The kernel writes whole words of the mask, as many as it knows CPUs.
  if (sched_getaffinity(0, sizeof mask.words, reinterpret_cast<cpu_set_t*>(mask.words)) != 0) mask.words[0] = 1;
  return mask;
}

AllowedCpus allowed_cpus(const SystemView& system) {
  AllowedCpus allowed;
  allowed.affinity = std::max(1, population(affinity_mask()));
  allowed.quota = cgroup_cpu_quota(system.root).value_or(0);
  allowed.count = with_quota(allowed.affinity, allowed.quota);
  allowed.slurm = slurm_cpus(system).value_or(0);
  if (allowed.slurm > 0)
    allowed.per_task = static_cast<int>(positive_number_in(system, "SLURM_CPUS_PER_TASK").value_or(0));
  allowed.machine = online_cpus();
  allowed.job =
      with_quota(std::min(allowed.machine, cgroup_cpus(system.root).value_or(allowed.machine)), allowed.quota);
  if (allowed.slurm > 0) allowed.job = std::min(allowed.job, allowed.slurm);
  return allowed;
}

int fair_threads(std::span<const CpuMask> masks, int own) {
  double share = 0;
  for (std::size_t word = 0; word < std::size(masks[0].words); word++) {
    for (std::uint64_t left = masks[own].words[word]; left != 0; left &= left - 1) {
      const std::uint64_t cpu = left & (~left + 1);
      int users = 0;
      for (const auto& mask : masks) users += (mask.words[word] & cpu) != 0;
      share += 1.0 / users;
    }
  }
  return std::max(1, static_cast<int>(share + 1e-6));
}

std::int64_t resident_bytes() { return kilobytes_field("/proc/self/status", "VmRSS").value_or(0); }
std::int64_t peak_resident_bytes() { return kilobytes_field("/proc/self/status", "VmHWM").value_or(0); }

EnvironmentOptions environment_options(const SystemView& system) {
  const auto text = [&](const char* name) {
    const char* value = system.get(name);
    return std::string(value == nullptr ? "" : value);
  };
  return {text("TESSERA_MEMORY"),        text("TESSERA_THREADS"),      text("TESSERA_DEVICE"),
          text("TESSERA_DEVICE_MEMORY"), text("TESSERA_DEVICE_LEAST"), text("TESSERA_SCRATCH")};
}

}  // namespace tessera
