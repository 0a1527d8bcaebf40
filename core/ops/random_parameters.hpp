#pragma once
// Private to ops: random arrays whose parameters are arrays.
#include <tessera/core/ops/random.hpp>

namespace tessera {

/// `integers` of bounds of which one or both are arrays.
Array integers_between_arrays(const Shape& shape, const Operand& low, const Operand& high, const RandomOptions& options,
                              bool endpoint);

/// A parameter in the dtype of the draws, a number as float64. throws ShapeError when it does not broadcast to `shape`,
/// DTypeError when it is complex.
Operand random_parameter(const char* function, const char* name, const Operand& value, const Shape& shape, DType type);

}  // namespace tessera
