#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <sstream>
#include <tessera/distributed/bounded_command.hpp>
#include <tessera/distributed/environment_cgroup.hpp>
#include <tessera/distributed/environment_slurm.hpp>

namespace tessera {
namespace {

constexpr double patience_seconds = 5;

/// A count at the start of `text`; nothing when there is none.
std::optional<std::int64_t> number_at(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && value >= 0 ? std::optional(value) : std::nullopt;
}

std::optional<std::int64_t> number_in(const SystemView& system, const char* name) {
  const char* text = system.get(name);
  return text == nullptr ? std::nullopt : number_at(text);
}

bool under_mpirun(const SystemView& system) { return system.get("OMPI_COMM_WORLD_SIZE") != nullptr; }

/// Calls f(count, nodes) for each part of "2(x3),1".
template <class F>
void for_each_count(std::string_view counts, F&& f) {
  while (!counts.empty()) {
    const std::string_view part = counts.substr(0, counts.find(','));
    const auto repeat = part.find("(x");
    const auto nodes = repeat == part.npos ? std::optional<std::int64_t>(1) : number_at(part.substr(repeat + 2));
    f(static_cast<int>(number_at(part).value_or(0)), static_cast<int>(nodes.value_or(1)));
    counts.remove_prefix(std::min(counts.size(), part.size() + 1));
  }
}

/// What stands behind "KEY=" in words that blanks (or, in a list, commas) end.
std::string_view field(std::string_view record, const std::string& key, char separator = ' ') {
  for (std::size_t at = record.find(key + "="); at != record.npos; at = record.find(key + "=", at + 1)) {
    if (at > 0 && record[at - 1] != separator) continue;
    const std::string_view rest = record.substr(at + key.size() + 1);
    return rest.substr(0, rest.find(separator));
  }
  return {};
}

/// "300M", "1.50G", "4000": what has no unit is in MiB.
std::optional<std::int64_t> slurm_bytes(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value <= 0) return {};
  double unit = 0x1p20;
  if (end != text.data() + text.size()) {
    const auto power = std::string_view("KMGTP").find(*end);
    if (power == std::string_view::npos) return {};
    unit = static_cast<double>(std::int64_t{1024} << (10 * power));
  }
  return static_cast<std::int64_t>(value * unit);
}

/// Of the lines of an array job the one of this task.
std::string own_line(const std::string& text, std::int64_t job) {
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line))
    if (line.starts_with("StepId=") || line.starts_with(fmt::format("JobId={} ", job))) return line;
  return {};
}

}  // namespace

int slurm_count_of(std::string_view counts, int node) {
  int found = 0;
  for_each_count(counts, [&](int count, int nodes) {
    if (node >= 0 && node < nodes) found = count;
    node -= nodes;
  });
  return found;
}

int slurm_largest_count(std::string_view counts) {
  int largest = 0;
  for_each_count(counts, [&](int count, int) { largest = std::max(largest, count); });
  return largest;
}

std::optional<std::int64_t> slurm_step(const SystemView& system) {
  constexpr std::int64_t first_special = 0xfffffff0;  // of batch scripts and of interactive shells
  const auto step = number_in(system, "SLURM_STEP_ID");
  return under_mpirun(system) || !step || *step >= first_special ? std::nullopt : step;
}

std::optional<int> slurm_cpus(const SystemView& system) {
  int cpus = 0;
  if (const char* job = system.get("SLURM_JOB_CPUS_PER_NODE"); job != nullptr && under_mpirun(system))
    cpus = slurm_largest_count(job);  // which node this is, the step of mpirun's daemon does not say
  else
    cpus = static_cast<int>(number_in(system, "SLURM_CPUS_ON_NODE").value_or(0));
  return cpus > 0 ? std::optional(cpus) : std::nullopt;
}

int slurm_tasks_not_started(const SystemView& system) {
  if (!number_in(system, "SLURM_JOB_ID") || under_mpirun(system) || slurm_step(system)) return 0;
  std::int64_t tasks = number_in(system, "SLURM_NTASKS").value_or(number_in(system, "SLURM_NPROCS").value_or(0));
  const std::int64_t nodes = number_in(system, "SLURM_JOB_NUM_NODES").value_or(1);
  tasks = std::max({tasks, nodes, nodes * number_in(system, "SLURM_NTASKS_PER_NODE").value_or(0)});
  return tasks > 1 ? static_cast<int>(tasks) : 0;
}

std::string slurm_record(const SystemView& system) {
  const auto job = number_in(system, "SLURM_JOB_ID");
  if (!job || cgroup_limits(system.root, fmt::format("job_{}", *job))) return {};
  const auto step = slurm_step(system);
  if (!step) {
    const bool told = number_in(system, "SLURM_MEM_PER_NODE") || number_in(system, "SLURM_MEM_PER_CPU");
    const bool on_a_node = system.get("SLURMD_NODENAME") != nullptr;  // not the shell of salloc
    if (told || !on_a_node) return {};
  }
  const auto text =
      step ? output_of({"scontrol", "-o", "show", "step", fmt::format("{}.{}", *job, *step)}, patience_seconds)
           : output_of({"scontrol", "-o", "show", "job", fmt::format("{}", *job)}, patience_seconds);
  const std::string line = text ? own_line(*text, *job) : "";
  return line.empty() ? std::string(slurm_silent) : line;
}

SlurmNode usual_slurm_node() {
  SlurmNode usual;
  std::int64_t most = 0;
  std::istringstream lines(output_of({"sinfo", "-h", "-e", "-o", "%P %D %c %X %m"}, patience_seconds).value_or(""));
  std::string partition;
  std::int64_t nodes = 0, cpus = 0, sockets = 0, megabytes = 0;
  while (lines >> partition >> nodes >> cpus >> sockets >> megabytes) {
    if (!partition.ends_with('*') || nodes <= most) continue;
    most = nodes;
    usual = {partition.substr(0, partition.size() - 1), static_cast<int>(cpus),
             static_cast<int>(std::max<std::int64_t>(1, sockets)), megabytes << 20};
  }
  return usual;
}

std::optional<std::int64_t> slurm_memory(const std::string& record, const SystemView& system) {
  const auto cpus_here = slurm_cpus(system);
  if (const auto each = slurm_bytes(field(record, "MinMemoryNode"))) return each;
  if (const auto each = slurm_bytes(field(record, "MinMemoryCPU")); each && cpus_here) return *each * *cpus_here;
  std::string_view all = field(record, "AllocTRES");
  if (all.empty()) all = field(record, "TRES");
  const auto memory = slurm_bytes(field(all, "mem", ','));
  if (!memory) return {};
  // Whether the limit was given by node or by CPU is not said. Where nodes differ, the smaller share is the safe one.
  const std::int64_t nodes = std::max<std::int64_t>(1, number_at(field(all, "node", ',')).value_or(1));
  const std::int64_t cpus = std::max<std::int64_t>(1, number_at(field(all, "cpu", ',')).value_or(1));
  const std::int64_t by_node = *memory / nodes;
  return nodes > 1 && cpus_here ? std::min(by_node, *memory / cpus * *cpus_here) : by_node;
}

}  // namespace tessera
