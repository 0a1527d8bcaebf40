#pragma once
// Functions of the parts of numbers: quotient and remainder, mantissa and exponent, whole and fraction, angle; rounding
// to decimals. Lazy, made of the operations of elementwise.hpp, so that they fuse. Integers and bools are computed in
// float64 unless it says otherwise.
#include <utility>

#include <tessera/core/ops/elementwise.hpp>

namespace tessera {

/// {floor_divide(a, b), remainder(a, b)}.
TESSERA_API std::pair<Array, Array> divmod(const Operand& a, const Operand& b);
/// {mantissa, exponent}: x = mantissa * 2**exponent with 0.5 <= |mantissa| < 1, the exponent as int32; {x, 0} for
/// zeros, infinities and NaN.
TESSERA_API std::pair<Array, Array> frexp(const Array& x);
/// {fraction, whole}: both with the sign of x; {0, inf} of an infinity.
TESSERA_API std::pair<Array, Array> modf(const Array& x);
/// The angle in (-pi, pi] of a complex number, of real numbers 0 or pi; in degrees if asked for.
TESSERA_API Array angle(const Array& z, bool degrees = false);
/// The magnitude as a float: abs(x), of integers and bools in float64. throws DTypeError for complex x.
TESSERA_API Array fabs(const Array& x);
/// a ** b in float64 or complex128, whatever the operands.
TESSERA_API Array float_power(const Operand& a, const Operand& b);
/// Rounded to `decimals` digits after the point (before it when negative), halves to even; as NumPy, the product with
/// 10**decimals is rounded and divided. Integers stay integers; complex numbers are rounded part by part.
/// throws ValueError for more than 300 decimals.
TESSERA_API Array round(const Array& x, std::int64_t decimals = 0);
/// NaN becomes `nan`, the infinities `posinf` and `neginf`, which are the largest and lowest numbers of the dtype when
/// not given. Part by part of complex numbers; integers stay as they are.
TESSERA_API Array nan_to_num(const Array& x, double nan = 0, std::optional<double> posinf = {},
                             std::optional<double> neginf = {});

// NumPy's and the Array API's other names.
inline Array power(const Operand& a, const Operand& b) { return pow(a, b); }
inline Array mod(const Operand& a, const Operand& b) { return remainder(a, b); }
inline Array fix(const Array& x) { return trunc(x); }

}  // namespace tessera
