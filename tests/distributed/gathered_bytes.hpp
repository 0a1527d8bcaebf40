#pragma once

#include <cstddef>
#include <tessera/tessera.hpp>
#include <vector>

namespace tessera::testing {

/// The elements of `x` on every rank, as bytes. Collective.
inline std::vector<std::byte> bytes_of(Session& session, const Array& x) {
  const Result r = session.compute({gather(x)})[0];
  return {r.bytes().begin(), r.bytes().end()};
}

}  // namespace tessera::testing
