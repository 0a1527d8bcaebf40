#include "rank_facts.hpp"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <filesystem>
#include <map>
#include <set>

#include "launch.hpp"

namespace tessera::command {
namespace {

constexpr std::int64_t mebibyte = std::int64_t{1} << 20;

std::int64_t free_shared_memory() {
  struct statvfs s {};
  return statvfs("/dev/shm", &s) == 0 ? static_cast<std::int64_t>(s.f_bavail) * static_cast<std::int64_t>(s.f_frsize)
                                      : -1;
}

int gpu_count() {
  int n = 0;
  std::error_code none;
  while (std::filesystem::exists("/dev/nvidia" + std::to_string(n), none)) n++;
  return n;
}

/// Does `work`, and leaves the facts as they are when it fails.
template <class F>
void try_to(F&& work) noexcept {
  try {
    work();
  } catch (...) {  // doctor reports what it can
  }
}

}  // namespace

std::string ranges_text(const CpuMask& mask) {
  const auto has = [&](int i) { return i < 4096 && (mask.words[i / 64] >> (i % 64) & 1) != 0; };
  std::string text;
  for (int i = 0; i < 4096; i++) {
    if (!has(i)) continue;
    int last = i;
    while (has(last + 1)) last++;
    text += (text.empty() ? "" : ",") + std::to_string(i) + (last > i ? "-" + std::to_string(last) : "");
    i = last;
  }
  return text;
}

RankFacts look_around(const Communicator& ranks, const MemoryLimit& memory) {
  RankFacts f;
  f.rank = ranks.rank();
  f.node_rank = ranks.node_rank();
  f.node_size = ranks.node_size();
  f.host = this_host();
  try_to([&] {
    const Machine m = look_at_machine();
    f.processor = m.processor;
    f.machine = to_string(m);
    f.numa_nodes = m.numa_nodes;
    f.memory = m.memory;
  });
  try_to([&] {
    f.simd = to_string(cpu::target());
    f.math = cpu::math_family() == cpu::MathFamily::fma ? "fused multiply-add" : "without fused multiply-add";
  });
  try_to([&] {
    const AllowedCpus c = allowed_cpus();
    f.affinity = c.affinity;
    f.online = c.machine;
    f.quota = c.quota;
    f.slurm = c.slurm;
    f.per_task = c.per_task;
    f.job = c.job;
    f.cpus = ranges_text(affinity_mask());
  });
  f.available = memory.bytes;
  f.available_source = memory.source;
  f.silent = memory.silent;
  f.shared_memory = free_shared_memory();
  f.gpus = gpu_count();
  return f;
}

std::vector<RankFacts> gather_facts(Communicator& ranks) {
  const MemoryLimit memory = available_memory(ranks);
  std::string text, all;
  together(ranks, [&] { text = nlohmann::json(look_around(ranks, memory)).dump(-1, ' ', true); });
  std::int64_t longest = static_cast<std::int64_t>(text.size());
  ranks.allreduce_max({&longest, 1});
  together(ranks, [&] {
    text.resize(longest, ' ');
    all.resize(text.size() * static_cast<std::size_t>(ranks.size()));
  });
  ranks.allgather(reinterpret_cast<const std::byte*>(text.data()), reinterpret_cast<std::byte*>(all.data()), longest);
  std::vector<RankFacts> facts;
  for (std::size_t i = 0; i < static_cast<std::size_t>(ranks.size()); i++)
    facts.push_back(nlohmann::json::parse(all.substr(i * text.size(), text.size())).get<RankFacts>());
  return facts;
}

std::vector<std::string> problems(const std::vector<RankFacts>& facts, int threads) {
  std::vector<std::string> list;
  std::map<std::string, std::vector<const RankFacts*>> hosts;
  std::set<std::string> kernels;
  for (const auto& f : facts) {
    hosts[f.host].push_back(&f);
    kernels.insert(f.simd + ", " + f.math);
  }
  for (const auto& [host, here] : hosts) {
    const RankFacts& f = *here.front();
    const int ranks = static_cast<int>(here.size()), busy = ranks * threads;
    const double allowed = f.quota > 0 ? std::min<double>(f.quota, f.job) : f.job;
    if (busy * 2 <= f.job)
      list.push_back(fmt::format(
          "{}: {} ranks with {} threads use {} of {} cores; more ranks or --threads N use the rest{}", host, ranks,
          threads, busy, f.job,
          f.affinity < f.job ? " (mpirun --bind-to none, or --cpus-per-task in SLURM, gives a rank more cores)" : ""));
    if (busy > allowed + 0.5)
      list.push_back(fmt::format("{}: {} ranks with {} threads share {:.3g} cores; fewer of them are faster", host,
                                 ranks, threads, allowed));
    if (f.per_task > f.affinity)
      list.push_back(
          fmt::format("{}: SLURM_CPUS_PER_TASK is {}, and rank {} is bound to {}: srun does not take --cpus-per-task "
                      "from sbatch unless SRUN_CPUS_PER_TASK says it, too",
                      host, f.per_task, f.rank, f.affinity));
    if (f.silent)
      list.push_back(
          fmt::format("{}: SLURM does not say what memory this step may take; --memory SIZE makes sure", host));
    bool unbound = ranks > 1 && f.numa_nodes > 1;
    for (const auto* r : here) unbound = unbound && r->affinity == f.online;
    if (unbound)
      list.push_back(
          fmt::format("{}: ranks are not bound and may wander between {} NUMA nodes; mpirun --map-by numa --bind-to "
                      "numa keeps them",
                      host, f.numa_nodes));
    if (ranks > 1 && f.shared_memory >= 0 && f.shared_memory < 64 * mebibyte * ranks)
      list.push_back(fmt::format("{}: /dev/shm has {} free, little for {} ranks: MPI keeps its messages there", host,
                                 format_size(std::max<std::int64_t>(f.shared_memory, 0)), ranks));
    if (f.available > 0 && f.available / ranks < 128 * mebibyte)
      list.push_back(fmt::format("{}: {} per rank is available ({}); fewer ranks here have more", host,
                                 format_size(f.available / ranks), f.available_source));
    if (f.gpus > 0)
      list.push_back(fmt::format("{}: {} GPUs, which this build does not use: it has no CUDA", host, f.gpus));
  }
  if (kernels.size() > 1)
    list.push_back("the ranks' processors differ (" + fmt::format("{}", fmt::join(kernels, "; ")) +
                   "); all ranks take the smallest common math family");
  return list;
}

}  // namespace tessera::command
