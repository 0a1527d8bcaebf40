#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <tessera/core/errors.hpp>
#include <tessera/distributed/communicator_launcher.hpp>
#include <tessera/distributed/environment_slurm.hpp>

namespace tessera {

Launcher detect_launcher(const EnvironmentLookup& lookup) {
  const auto number = [&](const char* name) {
    const char* text = lookup(name);
    return text == nullptr ? 0 : std::atoi(text);
  };
  const bool mpirun = lookup("OMPI_COMM_WORLD_SIZE") != nullptr;
  const bool pmix = lookup("PMIX_RANK") != nullptr;
  const bool pmi = lookup("PMI_RANK") != nullptr || lookup("PMI_SIZE") != nullptr;
  Launcher found;
  found.present = mpirun || pmix || pmi;
  found.trusted = mpirun;
  // mpirun may itself run inside a SLURM step, which counts its daemons; mpirun's own count is the right one.
  found.processes =
      mpirun ? number("OMPI_COMM_WORLD_SIZE") : std::max(number("SLURM_STEP_NUM_TASKS"), number("PMI_SIZE"));
  found.local_processes = number("OMPI_COMM_WORLD_LOCAL_SIZE");
  for (const char* name : {"SLURM_PROCID", "PMI_RANK", "PMIX_RANK", "OMPI_COMM_WORLD_RANK"})
    if (lookup(name) != nullptr) found.rank = number(name);  // the last one that is there knows best
  // srun says the same in its own words: the tasks of every node of the step, and which node this is.
  if (const char* tasks = lookup("SLURM_STEP_TASKS_PER_NODE"); tasks != nullptr && found.present && !mpirun)
    found.local_processes = slurm_count_of(tasks, number("SLURM_NODEID"));
  return found;
}

void refuse_split_world(const Launcher& launcher, int world_size, bool with_mpi) {
  if (world_size > 1 || launcher.processes <= 1) return;
  if (!with_mpi) {
    throw UsageError(
        fmt::format("started as one of {} processes, but this Tessera was built without MPI, so each process would do "
                    "the whole work "
                    "alone: start it once, or build it with MPI",
                    launcher.processes));
  }
  if (launcher.trusted) {
    throw UsageError(fmt::format(
        "mpirun started {} processes, but each is alone in its MPI world: this mpirun and the MPI library that Tessera "
        "was built with are not of one kind",
        launcher.processes));
  }
  throw UsageError(fmt::format(
      "srun started {} processes that can't see each other (each is alone in its MPI world): start them with "
      "`srun --mpi=pmix`, or with mpirun",
      launcher.processes));
}

}  // namespace tessera
