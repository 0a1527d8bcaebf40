// One element of every operation, in plain C++ (no include guard: each SIMD target includes it in a namespace of its own,
// so that no two targets share a symbol). NumPy's semantics; integers wrap, nothing is undefined for any operand.
// A bool is an unsigned char of 0 or 1.
//
// No complex product or quotient here: g++ 12 vectorises a * b - c * d beside a * d + b * c as fmaddsub even under
// -ffp-contract=off, so those are written with registers (accumulator.hpp) or for the oldest processor (rare.cpp).

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
/// As unsigned of at least 32 bits, in which integers wrap.
template <IsInteger T> constexpr auto wrap(T v) {
  if constexpr (sizeof(T) == 8) return static_cast<std::uint64_t>(v);
  else return static_cast<std::uint32_t>(v);
}

struct Add {
  template <IsFloat T> static T apply(T a, T b) { return a + b; }
  template <IsInteger T> static T apply(T a, T b) { return static_cast<T>(wrap(a) + wrap(b)); }
  template <class T> static Complex<T> apply(Complex<T> a, Complex<T> b) { return {a.re + b.re, a.im + b.im}; }
};
struct Subtract {
  template <IsFloat T> static T apply(T a, T b) { return a - b; }
  template <IsInteger T> static T apply(T a, T b) { return static_cast<T>(wrap(a) - wrap(b)); }
  template <class T> static Complex<T> apply(Complex<T> a, Complex<T> b) { return {a.re - b.re, a.im - b.im}; }
};
struct Multiply {
  template <IsFloat T> static T apply(T a, T b) { return a * b; }
  template <IsInteger T> static T apply(T a, T b) { return static_cast<T>(wrap(a) * wrap(b)); }
};
struct Divide {
  template <IsFloat T> static T apply(T a, T b) { return a / b; }
};
struct Negative {
  template <IsFloat T> static T apply(T a) { return -a; }
  template <IsInteger T> static T apply(T a) { return static_cast<T>(0 - wrap(a)); }
  template <class T> static Complex<T> apply(Complex<T> a) { return {-a.re, -a.im}; }
};
struct Square {
  template <IsReal T> static T apply(T a) { return Multiply::apply(a, a); }
};
struct Abs {
  static float apply(float a) { return __builtin_fabsf(a); }
  static double apply(double a) { return __builtin_fabs(a); }
  template <IsInteger T> static T apply(T a) { return a < T(0) ? static_cast<T>(0 - wrap(a)) : a; }
  static float apply(Complex<float> a) {
    if (__builtin_isinf(a.re) || __builtin_isinf(a.im)) return __builtin_inff();
    const double x = a.re, y = a.im;  // squares of floats neither overflow nor underflow in double
    return static_cast<float>(__builtin_sqrt(x * x + y * y));
  }
  // Scaled by a power of two, which rounds nothing, where the squares would leave the range.
  static double apply(Complex<double> a) {
    const double x = __builtin_fabs(a.re), y = __builtin_fabs(a.im), m = x > y ? x : y;
    if (__builtin_isinf(x) || __builtin_isinf(y)) return __builtin_inf();
    const double up = m > 0x1p500 ? 0x1p-600 : m < 0x1p-450 ? 0x1p600 : 1.0;
    const double down = m > 0x1p500 ? 0x1p600 : m < 0x1p-450 ? 0x1p-600 : 1.0;
    const double u = x * up, v = y * up;
    return __builtin_sqrt(u * u + v * v) * down;
  }
};
struct Sqrt {
  static float apply(float a) { return __builtin_sqrtf(a); }
  static double apply(double a) { return __builtin_sqrt(a); }
};
struct Floor {
  static float apply(float a) { return __builtin_floorf(a); }
  static double apply(double a) { return __builtin_floor(a); }
  template <IsInteger T> static T apply(T a) { return a; }
};
struct IsNan {
  template <IsFloat T> static u8 apply(T a) { return a != a; }
  template <IsInteger T> static u8 apply(T) { return 0; }
  template <class T> static u8 apply(Complex<T> a) { return a.re != a.re || a.im != a.im; }
};
struct Truth {
  template <IsReal T> static u8 apply(T a) { return a != T(0); }
  template <class T> static u8 apply(Complex<T> a) { return (a.re != T(0)) | (a.im != T(0)); }
};
struct LogicalNot {
  template <class T> static u8 apply(T a) { return static_cast<u8>(Truth::apply(a) ^ 1); }
};
struct LogicalAnd {
  template <class T> static u8 apply(T a, T b) { return static_cast<u8>(Truth::apply(a) & Truth::apply(b)); }
};
struct LogicalOr {
  template <class T> static u8 apply(T a, T b) { return static_cast<u8>(Truth::apply(a) | Truth::apply(b)); }
};
struct LogicalXor {
  template <class T> static u8 apply(T a, T b) { return static_cast<u8>(Truth::apply(a) ^ Truth::apply(b)); }
};
struct Invert {
  template <IsInteger T> static T apply(T a) { return static_cast<T>(~wrap(a)); }
};
struct Real {
  template <IsReal T> static T apply(T a) { return a; }
  template <class T> static T apply(Complex<T> a) { return a.re; }
};
struct Imag {
  template <IsReal T> static T apply(T) { return T(0); }
  template <class T> static T apply(Complex<T> a) { return a.im; }
};
// A NaN operand is the result, the first one if both are; of two zeros the second is the result, whatever their signs.
struct Minimum {
  template <IsReal T> static T apply(T a, T b) { return a < b || a != a ? a : b; }
};
struct Maximum {
  template <IsReal T> static T apply(T a, T b) { return a > b || a != a ? a : b; }
};
struct Equal {
  template <IsReal T> static u8 apply(T a, T b) { return a == b; }
  template <class T> static u8 apply(Complex<T> a, Complex<T> b) { return (a.re == b.re) & (a.im == b.im); }
};
struct NotEqual {
  template <class T> static u8 apply(T a, T b) { return static_cast<u8>(Equal::apply(a, b) ^ 1); }
};
struct Less {
  template <IsReal T> static u8 apply(T a, T b) { return a < b; }
};
struct LessEqual {
  template <IsReal T> static u8 apply(T a, T b) { return a <= b; }
};
struct Greater {
  template <IsReal T> static u8 apply(T a, T b) { return a > b; }
};
struct GreaterEqual {
  template <IsReal T> static u8 apply(T a, T b) { return a >= b; }
};
struct BitAnd {
  template <IsInteger T> static T apply(T a, T b) { return static_cast<T>(wrap(a) & wrap(b)); }
};
struct BitOr {
  template <IsInteger T> static T apply(T a, T b) { return static_cast<T>(wrap(a) | wrap(b)); }
};
struct BitXor {
  template <IsInteger T> static T apply(T a, T b) { return static_cast<T>(wrap(a) ^ wrap(b)); }
};
template <class T> inline constexpr T width_of = static_cast<T>(8 * sizeof(T));
struct ShiftLeft {
  template <IsInteger T> static T apply(T a, T b) {
    const bool in = b >= T(0) && b < width_of<T>;
    return in ? static_cast<T>(wrap(a) << wrap(in ? b : T(0))) : T(0);
  }
};
struct ShiftRight {
  template <IsInteger T> static T apply(T a, T b) {
    const bool in = b >= T(0) && b < width_of<T>;
    const T shifted = static_cast<T>(a >> (in ? b : static_cast<T>(width_of<T> - 1)));
    return in || a < T(0) ? shifted : T(0);
  }
};
struct Where {
  template <class T> static T apply(u8 c, T a, T b) { return c ? a : b; }
};

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
      if constexpr (sizeof(R) < 4) return static_cast<R>(static_cast<std::int32_t>(a));
      else if constexpr (sizeof(R) == 4 && static_cast<R>(-1) < R(0)) return static_cast<R>(a);
      else if constexpr (sizeof(R) == 4) return static_cast<R>(static_cast<std::int64_t>(a));
      else if constexpr (static_cast<R>(-1) < R(0)) return static_cast<R>(a);
      else {
        const bool high = a >= T(0x1p63);
        return static_cast<R>(static_cast<std::int64_t>(high ? a - T(0x1p63) : a)) ^ (high ? R(1) << 63 : R(0));
      }
    } else {
      return static_cast<R>(a);
    }
  }
};
