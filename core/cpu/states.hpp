#pragma once
// States on their own, without elements.
#include <tessera/core/kernel/fold.hpp>
#include <tessera/core/kernel/program.hpp>

namespace tessera::cpu {

/// The state of one component that changes nothing: -0.0 for floating sums (x + -0.0 has the bits of x), +-infinity,
/// the ends of the integers, NaN for fmin and fmax.
ScalarBits identity(Combiner c, DType type);

}  // namespace tessera::cpu
