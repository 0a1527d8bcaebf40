#pragma once
// What may fail on one rank and must then fail on all.
#include <exception>
#include <optional>
#include <tessera/distributed/communicator.hpp>

namespace tessera {

/// Runs f on every rank; when it throws on one, all throw the same. Collective; f itself must not wait for other ranks.
template <class F>
void together(Communicator& comm, F&& f) {
  std::optional<Error> failure;
  try {
    f();
  } catch (const Error& e) {
    failure = e;
  } catch (const std::exception& e) {
    failure = Error(ErrorKind::internal, e.what());
  }
  comm.agree(failure ? &*failure : nullptr);
}

}  // namespace tessera
