#include "batch_script.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tessera::command {
namespace {

struct Node {
  std::string seen;         // where its numbers come from
  int cpus = 1, ranks = 1;  // ranks: one for each NUMA node
  std::int64_t memory = 0;  // bytes for all ranks
};

Node node_of(const RankFacts& f) {
  if (f.slurm > 0) return {"what this job has on " + f.host, f.job, std::min(f.numa_nodes, f.job), f.available};
  if (const SlurmNode n = usual_slurm_node(); n.cpus > 0) {
    const bool alike = n.cpus == f.online;  // sinfo knows sockets, not NUMA nodes
    return {"the nodes of partition " + n.partition, n.cpus, std::min(alike ? f.numa_nodes : n.sockets, n.cpus),
            n.memory};
  }
  return {f.host, f.online, std::min(f.numa_nodes, f.online), f.memory / 10 * 9};
}

}  // namespace

std::string batch_script(const RankFacts& facts) {
  const Node node = node_of(facts);
  const int ranks = std::max(1, node.ranks);
  constexpr const char* text = R"(#!/bin/bash
# Written by tessera doctor --sbatch for {seen}: one rank for each NUMA node, its cores as threads.
# Yours to change: the number of nodes, the time, and the command. docs/cluster.md has the reasons.
#SBATCH --job-name=tessera
#SBATCH --nodes=1
#SBATCH --ntasks-per-node={ranks}
#SBATCH --cpus-per-task={cpus}
#SBATCH --mem={memory}M
#SBATCH --time=01:00:00
#SBATCH --signal=TERM@60           # a minute before the time is up: the run ends by itself (exit code 143)
#SBATCH --output=%x-%j.log
#SBATCH --open-mode=append
#SBATCH --requeue                  # when a node dies, SLURM starts the job again

# From SLURM 22.05 on srun does not take --cpus-per-task from sbatch.
export SRUN_CPUS_PER_TASK=$SLURM_CPUS_PER_TASK
# Only for mpirun in place of srun: a dead node ends it after 12 s, not after minutes.
export OMPI_MCA_oob_tcp_keepalive_time=5 OMPI_MCA_oob_tcp_keepalive_intvl=2 OMPI_MCA_oob_tcp_keepalive_probes=3

srun --mpi=pmix --kill-on-bad-exit=1 \
  tessera eval 'y = mean(x, axis=0)' -i x=big.h5:/x -o y=mean.h5:/y --force
code=$?

# 5: a rank or the network failed, perhaps because of a node that SLURM does not know to be dead yet. Three tries more.
if [ $code = 5 ] && [ "${{SLURM_RESTART_COUNT:-0}}" -lt 3 ]; then
  scontrol requeue "$SLURM_JOB_ID" && sleep 60
fi
exit $code
)";
  return fmt::format(text, fmt::arg("seen", node.seen), fmt::arg("ranks", ranks),
                     fmt::arg("cpus", std::max(1, node.cpus / ranks)),
                     fmt::arg("memory", std::max<std::int64_t>(1, node.memory >> 20)));
}

}  // namespace tessera::command
