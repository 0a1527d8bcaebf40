#pragma once
// What masks select (core/ops/masks.hpp), counted by a session: each of these functions is collective, walks the mask once,
// and gives a lazy array of exact shape. x[mask] is index(session, x, {mask}).
#include <bit>

#include <tessera/core/ops/masks.hpp>
#include <tessera/distributed/session.hpp>

namespace tessera {

/// What a CountMask gives, by evaluating.
inline std::vector<std::int64_t> counted(Session& session, const Array& counts) {
  if (counts.dtype() != DType::float64) return session.values<std::int64_t>(counts);
  std::vector<std::int64_t> bits;
  for (const double number : session.values<double>(counts)) bits.push_back(std::bit_cast<std::int64_t>(number));
  return bits;
}
/// Counts by evaluating. The session must outlive it.
inline CountMask counting(Session& session) {
  return [&session](const Array& counts) { return counted(session, counts); };
}

inline Array index(Session& session, const Array& x, const std::vector<ArrayIndex>& items) {
  return index(x, items, counting(session));
}
inline Array compress(Session& session, const Array& condition, const Array& x, std::optional<std::int64_t> axis = {}) {
  return compress(condition, x, axis, counting(session));
}
inline Array extract(Session& session, const Array& condition, const Array& x) {
  return extract(condition, x, counting(session));
}
inline std::vector<Array> nonzero(Session& session, const Array& x) { return nonzero(x, counting(session)); }
inline Array flatnonzero(Session& session, const Array& x) { return flatnonzero(x, counting(session)); }
inline Array argwhere(Session& session, const Array& x) { return argwhere(x, counting(session)); }

}  // namespace tessera
