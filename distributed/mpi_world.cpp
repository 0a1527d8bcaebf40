// Starting and ending MPI, and ending the program.
#include <mpi.h>
#include <unistd.h>

#include <cstdlib>
#include <tessera/distributed/environment.hpp>
#include <tessera/distributed/mpi_check.hpp>
#include <tessera/distributed/mpi_leave.hpp>
#include <tessera/distributed/mpi_world.hpp>
#include <tessera/mpi.hpp>

namespace tessera {
namespace {

void initialize(const Launcher& launcher) {
  // More ranks than cores: waiting inside MPI must give the core away, or every message costs a time slice. The user's
  // wish wins.
  if (launcher.local_processes > allowed_cpus().count) setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
  // All ranks on this machine: shared memory is ob1's work whatever else is installed, and looking for networks (UCX,
  // OFI, PSM) takes 0.2 s of a start of 0.25 s (docs/performance.md).
  if (launcher.processes >= 1 && launcher.processes == launcher.local_processes) setenv("OMPI_MCA_pml", "ob1", 0);
  int provided = 0;
  mpi_check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
  leave_at_exit();
  if (provided < MPI_THREAD_FUNNELED)
    throw CommError("MPI_Init_thread: this MPI library does not allow programs with threads (MPI_THREAD_FUNNELED)");
}

}  // namespace

bool mpi_is_initialized() {
  int yes = 0;
  MPI_Initialized(&yes);
  return yes != 0;
}

bool mpi_is_running() {
  int finalized = 0;
  MPI_Finalized(&finalized);
  return mpi_is_initialized() && finalized == 0;
}

std::unique_ptr<Communicator> mpi_world_communicator(const Launcher& launcher) {
  if (!mpi_is_initialized()) initialize(launcher);
  return mpi_communicator(MPI_COMM_WORLD);
}

void abort_program(int exit_code) noexcept {
  if (mpi_is_running()) MPI_Abort(MPI_COMM_WORLD, exit_code);
  std::_Exit(exit_code);
}

}  // namespace tessera
