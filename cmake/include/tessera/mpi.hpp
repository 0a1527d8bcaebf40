#pragma once
// Tessera inside an MPI program: a communicator from the caller's. The only public header that includes mpi.h; to use
// it, link tessera::mpi (find_package(tessera COMPONENTS mpi)) and have a Tessera that was built with MPI.
#include <mpi.h>

#include <memory>
#include <tessera/distributed/communicator.hpp>

namespace tessera {

/// A communicator of the ranks of `comm`. Collective over `comm`, which is duplicated: its messages, its error handler
/// and its attributes stay untouched, and it may be freed at any time afterwards. MPI must be initialised (any thread
/// level; only the thread that may call MPI may use the result). Destruction is local; the duplicate is kept for the
/// next communicator of the same ranks, because freeing it would be collective. throws UsageError when MPI is not
/// running or `comm` is null or an inter-communicator, CommError.
TESSERA_API std::unique_ptr<Communicator> mpi_communicator(MPI_Comm comm);

}  // namespace tessera
