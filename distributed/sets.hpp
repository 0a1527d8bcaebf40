#pragma once
// Different elements and sets (core/ops/unique.hpp, core/ops/sets.hpp), counted by a session: collective, and lazy from
// there.
#include <tessera/core/ops/sets.hpp>
#include <tessera/distributed/masks.hpp>

namespace tessera {

inline Unique unique(Session& session, const Array& x, const UniqueOptions& options = {}) {
  return unique(x, options, counting(session));
}
inline Array union1d(Session& session, const Array& a, const Array& b) { return union1d(a, b, counting(session)); }
inline Intersection intersect1d(Session& session, const Array& a, const Array& b,
                                const IntersectOptions& options = {}) {
  return intersect1d(a, b, options, counting(session));
}
inline Array setdiff1d(Session& session, const Array& a, const Array& b, bool assume_unique = false) {
  return setdiff1d(a, b, assume_unique, counting(session));
}
inline Array setxor1d(Session& session, const Array& a, const Array& b, bool assume_unique = false) {
  return setxor1d(a, b, assume_unique, counting(session));
}

}  // namespace tessera
