// A rank that leaves the program waits in MPI_Finalize until all have left. Where it left alone (an error that it found
// alone, a return that is not the others'), they wait for it in some collective operation, and it for them: for ever.
// So ranks say farewell first (MpiGroup), and MPI_Finalize is called once all of them have.
#include <fmt/format.h>
#include <mpi.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <tessera/core/errors.hpp>
#include <tessera/distributed/mpi_check.hpp>
#include <tessera/distributed/mpi_group.hpp>
#include <tessera/distributed/mpi_leave.hpp>
#include <tessera/distributed/mpi_world.hpp>

namespace tessera {
namespace {

using Clock = std::chrono::steady_clock;

// Ranks that end together come within milliseconds.
constexpr auto alone_after = std::chrono::milliseconds(100);
// With an exit status other than 0. The others may still have a message to print about the same error.
constexpr auto most_patience = std::chrono::seconds(5);

MPI_Comm farewell = MPI_COMM_NULL;

[[noreturn]] void abort_job(int status, const std::string& why) {
  std::fputs(("tessera: " + why + "; the job is aborted\n").c_str(), stderr);  // which may be closed
  std::fflush(nullptr);
  abort_program(status != 0 ? status : exit_code(ErrorKind::comm));
}

void say_farewell(int status) {
  for (const auto& group : MpiGroup::all())
    if (const auto stuck = group->leave(status))
      abort_job(
          static_cast<int>(stuck->leaver.status),
          fmt::format("rank {} has left the program (exit status {}) while rank {} waits for it in a collective call",
                      stuck->leaver.rank, stuck->leaver.status, stuck->waits));
}

void leave(int status, void*) {
  int may_call = 0;
  if (!mpi_is_running() || MPI_Is_thread_main(&may_call) != MPI_SUCCESS || may_call == 0) return;
  MPI_Request all;
  if (MPI_Ibarrier(farewell, &all) != MPI_SUCCESS) return;
  const auto begin = Clock::now();
  for (int done = 0; MPI_Test(&all, &done, MPI_STATUS_IGNORE) == MPI_SUCCESS && done == 0;) {
    const auto waited = Clock::now() - begin;
    if (waited < alone_after) {
      sched_yield();
      continue;
    }
    say_farewell(status);
    if (status != 0 && waited > most_patience) {
      int rank = 0;
      MPI_Comm_rank(farewell, &rank);
      abort_job(status,
                fmt::format("rank {} has left the program (exit status {}), and others have not", rank, status));
    }
    usleep(1000);  // the core may be another rank's, which still has work to do
  }
  MPI_Finalize();
}

}  // namespace

void leave_at_exit() {
  mpi_check(MPI_Comm_dup(MPI_COMM_WORLD, &farewell), "MPI_Comm_dup");
  on_exit(leave, nullptr);  // as atexit, and it tells the status
}

}  // namespace tessera
