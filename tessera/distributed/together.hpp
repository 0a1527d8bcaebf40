#pragma once
// What may fail on one rank and must then fail on all.
#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/failure.hpp>

namespace tessera {

/// Runs f on every rank; when it throws on one, all throw the same. Collective; f itself must not wait for other ranks.
template <class F>
void together(Communicator& comm, F&& f) {
  Failure failure;
  failure.guard(f);
  comm.agree(failure.error());
}

}  // namespace tessera
