#pragma once
// How far functions are from the correctly rounded result, in units in the last place of the exact one.
#include <tessera/core/cpu/target.hpp>
#include <tessera/core/dtype.hpp>
#include <tessera/core/kernel/operations.hpp>

namespace tessera::cpu::accuracy {

struct Worst {
  double ulps = 0;      ///< 0.5 is correctly rounded
  double a = 0, b = 0;  ///< where
};

/// True for operations whose results are rounded by more than one operation (ulps > 0 in the table).
bool is_approximate(Op op);
/// The same of complex operands.
bool is_approximate_complex(Op op);

/// The largest error over `samples` operands: of every exponent that the dtype has, of moderate size, close to where
/// functions turn. Results that are no finite numbers, and signs of exact zeros, must be the exact ones'. Against long
/// double; logaddexp, which cancels, in units of the larger operand.
Worst measure(Op op, DType real, MathFamily family, int samples);

/// Of complex operands of moderate size: the distance to the long double result, in units in the last place of its
/// modulus (0.7: both parts correctly rounded).
Worst measure_complex(Op op, DType type, int samples);
/// Of the magnitudes of complex numbers, drawn as for `measure`.
Worst measure_magnitude(DType type, int samples);

}  // namespace tessera::cpu::accuracy
