// Functions that are not exact, as CUDA has them (docs/accuracy.md says how far off), and what the CPU computes in C++ of its own
// (core/cpu/division.hpp, complex_functions.hpp), with its bits.

#define TESSERA_OF_ONE(qualifiers, name)                 \
  qualifiers double name(double a) { return ::name(a); } \
  qualifiers float name(float a) { return ::name##f(a); }
#define TESSERA_OF_TWO(qualifiers, name)                              \
  qualifiers double name(double a, double b) { return ::name(a, b); } \
  qualifiers float name(float a, float b) { return ::name##f(a, b); }

/// Stands for a family of SLEEF in the expressions of operations.inc.
struct M {
  TESSERA_OF_ONE(static, cbrt)
  TESSERA_OF_ONE(static, exp)
  TESSERA_OF_ONE(static, exp2)
  TESSERA_OF_ONE(static, exp10)
  TESSERA_OF_ONE(static, expm1)
  TESSERA_OF_ONE(static, log)
  TESSERA_OF_ONE(static, log2)
  TESSERA_OF_ONE(static, log10)
  TESSERA_OF_ONE(static, log1p)
  TESSERA_OF_ONE(static, sin)
  TESSERA_OF_ONE(static, cos)
  TESSERA_OF_ONE(static, asin)
  TESSERA_OF_ONE(static, acos)
  TESSERA_OF_ONE(static, atan)
  TESSERA_OF_ONE(static, sinpi)
  TESSERA_OF_ONE(static, cospi)
  TESSERA_OF_TWO(static, fmod)
};

namespace element {

TESSERA_OF_ONE(template <class> , log1p)
TESSERA_OF_ONE(template <class> , tan)
TESSERA_OF_ONE(template <class> , sinh)
TESSERA_OF_ONE(template <class> , cosh)
TESSERA_OF_ONE(template <class> , tanh)
TESSERA_OF_ONE(template <class> , asinh)
TESSERA_OF_ONE(template <class> , acosh)
TESSERA_OF_ONE(template <class> , atanh)
TESSERA_OF_ONE(template <class> , erf)
TESSERA_OF_ONE(template <class> , erfc)
TESSERA_OF_TWO(template <class> , pow)
TESSERA_OF_TWO(template <class> , hypot)
TESSERA_OF_TWO(template <class> , atan2)
inline double bessel_i0(double a) { return ::cyl_bessel_i0(a); }
inline float bessel_i0(float a) { return ::cyl_bessel_i0f(a); }

template <class, IsFloat T> T logaddexp(T a, T b) {
  if (a == b) return a + T(0x1.62e42fefa39efp-1);
  const T d = a - b;
  return d > 0 ? a + M::log1p(M::exp(-d)) : d < 0 ? b + M::log1p(M::exp(d)) : d;
}
template <class, IsFloat T> T logaddexp2(T a, T b) {
  if (a == b) return a + T(1);
  const T d = a - b, per_e = T(0x1.71547652b82fep+0);
  return d > 0 ? a + M::log1p(M::exp2(-d)) * per_e : d < 0 ? b + M::log1p(M::exp2(d)) * per_e : d;
}
template <IsFloat T> T sinc(T a) { return a == T(0) ? T(1) : M::sinpi(a) / (a * T(0x1.921fb54442d18p+1)); }

// NumPy's npy_divmod: the remainder has the divisor's sign, the quotient is the floor.
template <IsFloat T> T fmod(T a, T b) { return M::fmod(a, b); }
template <IsFloat T> T remainder(T a, T b) {
  const T mod = fmod(a, b);
  if (b == T(0)) return mod;
  if (mod == T(0)) return copysign(T(0), b);
  return (b < T(0)) != (mod < T(0)) ? mod + b : mod;
}
template <IsFloat T> T floor_divide(T a, T b) {
  if (b == T(0)) return a / b;
  const T mod = fmod(a, b);
  T div = (a - mod) / b;
  if (mod != T(0) && (b < T(0)) != (mod < T(0))) div -= T(1);
  if (div == T(0)) return copysign(T(0), a / b);
  const T floored = floor(div);
  return div - floored > T(0.5) ? floored + T(1) : floored;
}
// Division by zero gives 0, as NumPy's; the smallest integer over -1 wraps.
template <IsInteger T> bool is_minus_one(T b) { return T(-1) < T(0) && b == T(-1); }
template <IsInteger T> T fmod(T a, T b) { return b == T(0) || is_minus_one(b) ? T(0) : static_cast<T>(a % b); }
template <IsInteger T> T floor_divide(T a, T b) {
  if (b == T(0)) return T(0);
  if (is_minus_one(b)) return negative(a);
  return static_cast<T>(a / b - (a % b != 0 && (a < T(0)) != (b < T(0))));
}
template <IsInteger T> T remainder(T a, T b) {
  const T mod = fmod(a, b);
  return mod != T(0) && (mod < T(0)) != (b < T(0)) ? static_cast<T>(mod + b) : mod;
}
// By squaring; a negative exponent gives the truncated reciprocal: 0 unless the base is 1 or -1.
template <IsInteger T> T power(T a, T n) {
  if (n < T(0)) return a == T(1) ? T(1) : is_minus_one(a) ? (n & 1 ? T(-1) : T(1)) : T(0);
  std::uint64_t base = static_cast<std::uint64_t>(a), result = 1;
  for (auto e = static_cast<std::uint64_t>(n); e; e >>= 1) {
    if (e & 1) result *= base;
    base *= base;
  }
  return static_cast<T>(result);
}
/// `b` is a whole number; beyond these bounds every number over- or underflows.
template <IsFloat T> T ldexp(T a, T b) {
  const int by = static_cast<int>(b < T(-10000) ? T(-10000) : b > T(10000) ? T(10000) : b);
  if constexpr (sizeof(T) == 8) return ::ldexp(a, by);
  else return ::ldexpf(a, by);
}
// Smith's algorithm, as NumPy writes it.
template <class T> Complex<T> quotient(Complex<T> a, Complex<T> b) {
  const T x = absolute(b.re), y = absolute(b.im);
  if (x >= y) {
    if (x == T(0) && y == T(0)) return {a.re / x, a.im / x};
    const T ratio = b.im / b.re, scale = T(1) / (b.re + b.im * ratio);
    return {(a.re + a.im * ratio) * scale, (a.im - a.re * ratio) * scale};
  }
  const T ratio = b.re / b.im, scale = T(1) / (b.im + b.re * ratio);
  return {(a.re * ratio + a.im) * scale, (a.im * ratio - a.re) * scale};
}
template <class T> Complex<T> reciprocal(Complex<T> a) { return quotient(Complex<T>{1, 0}, a); }

}  // namespace element
#undef TESSERA_OF_ONE
#undef TESSERA_OF_TWO
