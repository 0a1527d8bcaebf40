#pragma once
// The end of a program whose MPI is ours.

namespace tessera {

/// Collective over all ranks, just after MPI_Init: from now on MPI is ended when the program is (world_communicator).
void leave_at_exit();

}  // namespace tessera
