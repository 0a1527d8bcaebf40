#pragma once
// MPI's life in a program that may or may not have started it itself. No mpi.h here: the choice of the world includes
// this.
#include <memory>
#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/communicator_launcher.hpp>

namespace tessera {

/// Between MPI_Init and MPI_Finalize.
bool mpi_is_running();
/// MPI_Init was called, by whomever; also after MPI_Finalize.
bool mpi_is_initialized();

/// MPI_COMM_WORLD, duplicated. Initialises MPI (FUNNELED) when nobody has, and then finalises it at exit.
/// throws UsageError after MPI_Finalize, CommError.
std::unique_ptr<Communicator> mpi_world_communicator(const Launcher& launcher);

}  // namespace tessera
