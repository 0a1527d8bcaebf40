#pragma once
// Comparisons of integers that no integer dtype holds together, exact as in NumPy 2: int64 beside uint64, and numbers
// beyond the dtype of their array. Through float64, which both would promote to, 7 * 10^17 equals its neighbours.
#include <optional>

#include <tessera/core/ops/elementwise.hpp>

namespace tessera {

/// The comparison `op` of a and b; nothing when one dtype holds the values of both, or they are not integers. Lazy.
/// throws ShapeError when the shapes don't broadcast.
std::optional<Array> compare_integers(Op op, const Operand& a, const Operand& b);

}  // namespace tessera
