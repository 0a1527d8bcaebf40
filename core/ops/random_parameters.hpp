#pragma once
// Private to ops: `integers` of bounds of which one or both are arrays.
#include <tessera/core/ops/random.hpp>

namespace tessera {

Array integers_between_arrays(const Shape& shape, const Operand& low, const Operand& high, const RandomOptions& options,
                              bool endpoint);

}  // namespace tessera
