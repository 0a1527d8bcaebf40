#pragma once
// tessera doctor: what was found (MPI, ranks, cores, memory, kernels, HDF5, GPUs), and what looks wrong. Finding
// nothing is no failure: it is reported.
#include <memory>

#include "options.hpp"

namespace tessera::command {

/// ranks: null when they can't see each other; `why` says it then. Collective.
void run_doctor(const DoctorOptions& options, std::unique_ptr<Communicator> ranks, const std::string& why = {});

}  // namespace tessera::command
