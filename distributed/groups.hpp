#pragma once
// Counts of integers and reductions by groups of which nobody has said how many there are (core/ops/bincount.hpp,
// core/ops/groups.hpp): a session looks for the largest label. Collective, and lazy from there.
#include <tessera/core/ops/bincount.hpp>
#include <tessera/core/ops/groups.hpp>
#include <tessera/distributed/masks.hpp>

namespace tessera {

inline Array bincount(Session& session, const Array& x, const std::optional<Array>& weights = {},
                      std::int64_t minlength = 0) {
  return bincount(x, weights, minlength, counting(session));
}
inline Array group_reduce(Session& session, const Array& x, const Array& labels, std::string_view how,
                          const GroupOptions& options = {}) {
  return group_reduce(x, labels, how, groups_of(labels, counting(session)), options);
}

}  // namespace tessera
