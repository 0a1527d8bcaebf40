#pragma once
// Datasets that are appended to are planned as they lie in their files: how long they are, and in what chunks.
#include <vector>

#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/requests.hpp>

namespace tessera {

bool any_grows(const Requests& asked);
/// What is asked, with datasets that are appended to as this rank sees them in their files. throws ShapeError,
/// DTypeError, UsageError, IoError.
Requests grown_here(std::span<const Sink> sinks, Requests asked);
/// The same as rank 0 sees them. Collective where some are appended to.
Requests grown_together(Communicator& comm, std::span<const Sink> sinks, Requests asked);

}  // namespace tessera
