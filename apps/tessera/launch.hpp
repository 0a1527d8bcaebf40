#pragma once
// Many ranks, one command: they come up together, agree about whatever one of them does alone, and leave together.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tessera/tessera.hpp>

namespace tessera::command {

/// The ranks that mpirun or srun started. seconds: the limit of --watchdog (0: none), which holds for MPI_Init, too,
/// since that waits for every process that was started; and then for `together` and the end (`leave_watched`). A start
/// takes some seconds: the limit is 10 at least. Collective. throws UsageError when they can't see each other.
std::unique_ptr<Communicator> meet(double seconds);
/// The ranks compare what they were started with. wrong: what this rank has found wrong with its words and its
/// environment, which another rank may not have. Collective. throws, on all ranks, MismatchError when some have other
/// arguments than rank 0, and what is wrong.
void agree_on_order(Communicator& ranks, const std::vector<std::string>& arguments,
                    const std::optional<UsageError>& wrong);
/// The name of the machine that this process runs on.
std::string this_host();
/// What to say when a SLURM job has tasks that nothing has started; empty otherwise.
std::string unstarted_tasks();
/// Runs `work`, which throws nothing but tessera::Error, on this rank, then agrees: when it failed on some rank, all
/// throw. A rank that failed throws its own error, so that rank 0 shows it without "rank 0 on HOST:" where all ranks
/// fail alike; but not one about a file. Collective.
void together(Communicator& ranks, const std::function<void()>& work);
/// From now on this rank only waits for the others to leave, too.
void leave_watched() noexcept;
/// The whole file, read by rank 0. Collective. throws IoError.
std::string read_text(Communicator& ranks, const std::string& file);

}  // namespace tessera::command
