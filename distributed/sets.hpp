#pragma once
// Sets (core/ops/unique.hpp) whose elements are counted by a session: collective, and lazy from there.
#include <tessera/core/ops/unique.hpp>
#include <tessera/distributed/session.hpp>

namespace tessera {

inline Unique unique(Session& session, const Array& x, const UniqueOptions& options = {}) {
  return unique(x, options, [&](const Array& counts) { return session.values<std::int64_t>(counts); });
}
inline Array union1d(Session& session, const Array& a, const Array& b) {
  return union1d(a, b, [&](const Array& counts) { return session.values<std::int64_t>(counts); });
}

}  // namespace tessera
