#pragma once
// Making an MpiCommunicator inside the library; <tessera/mpi.hpp> is for everybody.
#include <memory>

#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/mpi_duplicates.hpp>

namespace tessera {

class MpiGroup;

/// A communicator on a duplicate that is its own. group: of its ranks; null when they have none. Local.
std::unique_ptr<Communicator> communicator_on(const Duplicate& duplicate, MpiGroup* group);

}  // namespace tessera
