// One element of every operation, in plain C++ (no include guard: each SIMD target includes it in a namespace of its own,
// so that no two targets share a symbol). NumPy's semantics; integers wrap, nothing is undefined for any operand.
// A bool is an unsigned char of 0 or 1. What the expressions of operations.inc call.
//
// No complex product or quotient here: g++ 12 vectorises a * b - c * d beside a * d + b * c as fmaddsub even under
// -ffp-contract=off, so those are written with registers (loops.hpp) or for the oldest processor (complex_functions.hpp).

template <class T> struct Complex { T re, im; };
template <class T> inline constexpr bool is_complex_v = false;
template <class T> inline constexpr bool is_complex_v<Complex<T>> = true;
template <class T> inline constexpr bool is_float_v = false;
template <> inline constexpr bool is_float_v<float> = true;
template <> inline constexpr bool is_float_v<double> = true;
template <class T> concept IsComplex = is_complex_v<T>;
template <class T> concept IsFloat = is_float_v<T>;
template <class T> concept IsInteger = !is_complex_v<T> && !is_float_v<T>;
template <class T> concept IsReal = !is_complex_v<T>;

using u8 = unsigned char;

namespace element {

/// As unsigned of at least 32 bits, in which integers wrap.
template <IsInteger T> constexpr auto wrap(T v) {
  if constexpr (sizeof(T) == 8) return static_cast<std::uint64_t>(v);
  else return static_cast<std::uint32_t>(v);
}

template <IsFloat T> T add(T a, T b) { return a + b; }
template <IsInteger T> T add(T a, T b) { return static_cast<T>(wrap(a) + wrap(b)); }
template <class T> Complex<T> add(Complex<T> a, Complex<T> b) { return {a.re + b.re, a.im + b.im}; }
template <IsFloat T> T subtract(T a, T b) { return a - b; }
template <IsInteger T> T subtract(T a, T b) { return static_cast<T>(wrap(a) - wrap(b)); }
template <class T> Complex<T> subtract(Complex<T> a, Complex<T> b) { return {a.re - b.re, a.im - b.im}; }
template <IsFloat T> T multiply(T a, T b) { return a * b; }
template <IsInteger T> T multiply(T a, T b) { return static_cast<T>(wrap(a) * wrap(b)); }
template <IsFloat T> T negative(T a) { return -a; }
template <IsInteger T> T negative(T a) { return static_cast<T>(0 - wrap(a)); }
template <class T> Complex<T> negative(Complex<T> a) { return {-a.re, -a.im}; }

inline float absolute(float a) { return __builtin_fabsf(a); }
inline double absolute(double a) { return __builtin_fabs(a); }
template <IsInteger T> T absolute(T a) { return a < T(0) ? static_cast<T>(0 - wrap(a)) : a; }
inline float absolute(Complex<float> a) {
  if (__builtin_isinf(a.re) || __builtin_isinf(a.im)) return __builtin_inff();
  const double x = a.re, y = a.im;  // squares of floats neither overflow nor underflow in double
  return static_cast<float>(__builtin_sqrt(x * x + y * y));
}
/// What x * x is rounded by (Dekker 1971), for 2^-450 < x < 2^500.
inline double rest_of_square(double x, double square) {
  const double u = x * 0x1.0000002p+27, high = u - (u - x), low = x - high;
  return ((high * high - square) + 2 * high * low) + low * low;
}
// Scaled by a power of two, which rounds nothing, where the squares would leave the range; the root corrected by what squares, sum and root
// were rounded by.
inline double absolute(Complex<double> a) {
  const double x = __builtin_fabs(a.re), y = __builtin_fabs(a.im), m = x > y ? x : y, n = x > y ? y : x;
  if (__builtin_isinf(x) || __builtin_isinf(y)) return __builtin_inf();
  const double up = m > 0x1p500 ? 0x1p-600 : m < 0x1p-450 ? 0x1p600 : 1.0;
  const double down = m > 0x1p500 ? 0x1p600 : m < 0x1p-450 ? 0x1p-600 : 1.0;
  const double u = m * up, v = n * up, uu = u * u, vv = v * v, sum = uu + vv, root = __builtin_sqrt(sum), square = root * root;
  const double rest = rest_of_square(u, uu) + rest_of_square(v, vv) + ((uu - sum) + vv);
  const double correction = ((sum - square) - rest_of_square(root, square) + rest) / (2 * root);
  return (sum > 0 ? root + correction : root) * down;
}
/// NaN stays; of either zero +0.
template <IsFloat T> T sign(T a) { return a > T(0) ? T(1) : a < T(0) ? T(-1) : a == T(0) ? T(0) : a; }
template <IsInteger T> T sign(T a) { return static_cast<T>((a > T(0)) - (a < T(0))); }
inline float square_root(float a) { return __builtin_sqrtf(a); }
inline double square_root(double a) { return __builtin_sqrt(a); }

template <IsReal T> T real(T a) { return a; }
template <class T> T real(Complex<T> a) { return a.re; }
template <IsReal T> T imag(T) { return T(0); }
template <class T> T imag(Complex<T> a) { return a.im; }
template <IsReal T> T conj(T a) { return a; }
template <class T> Complex<T> conj(Complex<T> a) { return {a.re, -a.im}; }
template <IsFloat T> Complex<T> complex(T a, T b) { return {a, b}; }

// A NaN operand is the result, the first one if both are; of two zeros the second is the result, whatever their signs.
template <IsReal T> T minimum(T a, T b) { return a < b || a != a ? a : b; }
template <IsReal T> T maximum(T a, T b) { return a > b || a != a ? a : b; }
// NaN only when both operands are; of two zeros the first.
template <IsReal T> T fmin(T a, T b) { return a <= b || b != b ? a : b; }
template <IsReal T> T fmax(T a, T b) { return a >= b || b != b ? a : b; }

template <IsReal T> u8 truth(T a) { return a != T(0); }
template <class T> u8 truth(Complex<T> a) { return (a.re != T(0)) | (a.im != T(0)); }
template <class T> u8 logical_not(T a) { return static_cast<u8>(truth(a) ^ 1); }
template <class T> u8 logical_and(T a, T b) { return static_cast<u8>(truth(a) & truth(b)); }
template <class T> u8 logical_or(T a, T b) { return static_cast<u8>(truth(a) | truth(b)); }
template <class T> u8 logical_xor(T a, T b) { return static_cast<u8>(truth(a) ^ truth(b)); }
template <IsReal T> u8 equal(T a, T b) { return a == b; }
template <class T> u8 equal(Complex<T> a, Complex<T> b) { return (a.re == b.re) & (a.im == b.im); }
template <class T> u8 not_equal(T a, T b) { return static_cast<u8>(equal(a, b) ^ 1); }
template <IsReal T> u8 less(T a, T b) { return a < b; }
template <IsReal T> u8 less_equal(T a, T b) { return a <= b; }
template <IsReal T> u8 greater(T a, T b) { return a > b; }
template <IsReal T> u8 greater_equal(T a, T b) { return a >= b; }

template <IsInteger T> T invert(T a) { return static_cast<T>(~wrap(a)); }
template <IsInteger T> T bit_and(T a, T b) { return static_cast<T>(wrap(a) & wrap(b)); }
template <IsInteger T> T bit_or(T a, T b) { return static_cast<T>(wrap(a) | wrap(b)); }
template <IsInteger T> T bit_xor(T a, T b) { return static_cast<T>(wrap(a) ^ wrap(b)); }
template <class T> inline constexpr T width_of = static_cast<T>(8 * sizeof(T));
template <IsInteger T> T shift_left(T a, T b) {
  const bool in = b >= T(0) && b < width_of<T>;
  return in ? static_cast<T>(wrap(a) << wrap(in ? b : T(0))) : T(0);
}
template <IsInteger T> T shift_right(T a, T b) {
  const bool in = b >= T(0) && b < width_of<T>;
  const T shifted = static_cast<T>(a >> (in ? b : static_cast<T>(width_of<T> - 1)));
  return in || a < T(0) ? shifted : T(0);
}

}  // namespace element

// As types, for templates that take an operation.
#define TESSERA_FUNCTOR(name, function)                                                                    \
  struct name {                                                                                            \
    template <class T> static auto apply(T a, T b) -> decltype(element::function(a, b)) { return element::function(a, b); } \
  };
TESSERA_FUNCTOR(Add, add)
TESSERA_FUNCTOR(Multiply, multiply)
TESSERA_FUNCTOR(Minimum, minimum)
TESSERA_FUNCTOR(Maximum, maximum)
TESSERA_FUNCTOR(BitAnd, bit_and)
TESSERA_FUNCTOR(BitOr, bit_or)
#undef TESSERA_FUNCTOR
struct Truth {
  template <class T> static u8 apply(T a) { return element::truth(a); }
};

#ifndef TESSERA_TO_INTEGER  // other processors have code of their own for what is out of range
namespace element {
template <class R, class T> R to_integer(T a) { return static_cast<R>(a); }
}  // namespace element
#endif

/// A cast to R. Floats out of an integer's range give what x86 gives: through int32 (below 32 bits) or int64.
template <class R> struct CastTo {
  template <IsComplex T> static R apply(T a) {
    if constexpr (is_complex_v<R>) return {static_cast<decltype(R::re)>(a.re), static_cast<decltype(R::re)>(a.im)};
    else return CastTo<R>::apply(a.re);
  }
  template <IsReal T> static R apply(T a) {
    if constexpr (is_complex_v<R>) {
      return {static_cast<decltype(R::re)>(a), 0};
    } else if constexpr (is_float_v<T> && !is_float_v<R>) {
      using element::to_integer;
      if constexpr (sizeof(R) < 4) return static_cast<R>(to_integer<std::int32_t>(a));
      else if constexpr (sizeof(R) == 4 && static_cast<R>(-1) < R(0)) return to_integer<R>(a);
      else if constexpr (sizeof(R) == 4) return static_cast<R>(to_integer<std::int64_t>(a));
      else if constexpr (static_cast<R>(-1) < R(0)) return to_integer<R>(a);
      else {
        const bool high = a >= T(0x1p63);
        return static_cast<R>(to_integer<std::int64_t>(high ? a - T(0x1p63) : a)) ^ (high ? R(1) << 63 : R(0));
      }
    } else {
      return static_cast<R>(a);
    }
  }
};
