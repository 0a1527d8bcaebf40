#pragma once
// What may fail on one rank and must then fail on all.
#include <span>

#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/failure.hpp>

namespace tessera {

/// Communicator::agree about a failure. A rank whose failure came out of the program's own code (a callback, a function
/// of a reduction) throws that exception as it was; the others throw a CommError that says whose it is.
void agree(Communicator& comm, const Failure& failure, std::span<std::int64_t> values = {});

/// Runs f on every rank; when it throws on one, all throw the same. Collective; f itself must not wait for other ranks.
template <class F>
void together(Communicator& comm, F&& f) {
  Failure failure;
  failure.guard(f);
  agree(comm, failure);
}

}  // namespace tessera
