#pragma once
// tessera doctor --sbatch: a batch script for SLURM, as docs/cluster.md explains it, with the numbers of a machine.
#include <string>

#include "rank_facts.hpp"

namespace tessera::command {

/// For nodes like the one of `facts` when it belongs to a job of SLURM's; else for those of the default partition, when
/// there is one (sinfo); else for the machine as it is.
std::string batch_script(const RankFacts& facts);

}  // namespace tessera::command
