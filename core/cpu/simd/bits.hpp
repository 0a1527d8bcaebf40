// Functions of floats that look at their bits: rounding, classes, neighbours, mantissa and exponent. Exact; of complex
// numbers part by part where that has a meaning.

namespace element {

template <class T> struct Layout;
template <> struct Layout<float> {
  using Bits = std::uint32_t;
  static constexpr int mantissa = 23, bias = 126;  ///< the bias for mantissas in [0.5, 1)
  static constexpr Bits magnitude = 0x7fffffffu, infinity = 0x7f800000u;
  static constexpr float up = 0x1p64f;
  static constexpr int up_exponent = 64;
};
template <> struct Layout<double> {
  using Bits = std::uint64_t;
  static constexpr int mantissa = 52, bias = 1022;
  static constexpr Bits magnitude = 0x7fffffffffffffffu, infinity = 0x7ff0000000000000u;
  static constexpr double up = 0x1p64;
  static constexpr int up_exponent = 64;
};
template <class T> using Bits = typename Layout<T>::Bits;
template <IsFloat T> Bits<T> bits(T a) { return __builtin_bit_cast(Bits<T>, a); }
template <IsFloat T> T number(Bits<T> b) { return __builtin_bit_cast(T, b); }
template <IsFloat T> Bits<T> magnitude(T a) { return bits(a) & Layout<T>::magnitude; }
template <IsFloat T> Bits<T> sign_bit(T a) { return bits(a) & ~Layout<T>::magnitude; }

template <IsInteger T> T floor(T a) { return a; }
template <IsInteger T> T ceil(T a) { return a; }
template <IsInteger T> T trunc(T a) { return a; }
inline float floor(float a) { return __builtin_floorf(a); }
inline double floor(double a) { return __builtin_floor(a); }
inline float ceil(float a) { return __builtin_ceilf(a); }
inline double ceil(double a) { return __builtin_ceil(a); }
inline float trunc(float a) { return __builtin_truncf(a); }
inline double trunc(double a) { return __builtin_trunc(a); }
inline float rint(float a) { return __builtin_rintf(a); }
inline double rint(double a) { return __builtin_rint(a); }
template <class T> Complex<T> rint(Complex<T> a) { return {rint(a.re), rint(a.im)}; }

template <IsInteger T> u8 isnan(T) { return 0; }
template <IsFloat T> u8 isnan(T a) { return a != a; }
template <class T> u8 isnan(Complex<T> a) { return isnan(a.re) | isnan(a.im); }
template <IsInteger T> u8 isinf(T) { return 0; }
template <IsFloat T> u8 isinf(T a) { return magnitude(a) == Layout<T>::infinity; }
template <class T> u8 isinf(Complex<T> a) { return isinf(a.re) | isinf(a.im); }
template <IsInteger T> u8 isfinite(T) { return 1; }
template <IsFloat T> u8 isfinite(T a) { return magnitude(a) < Layout<T>::infinity; }
template <class T> u8 isfinite(Complex<T> a) { return isfinite(a.re) & isfinite(a.im); }
template <IsInteger T> u8 isposinf(T) { return 0; }
template <IsFloat T> u8 isposinf(T a) { return bits(a) == Layout<T>::infinity; }
template <IsInteger T> u8 isneginf(T) { return 0; }
template <IsFloat T> u8 isneginf(T a) { return isposinf(-a); }
template <IsInteger T> u8 signbit(T a) { return a < T(0); }
template <IsFloat T> u8 signbit(T a) { return sign_bit(a) != 0; }

template <IsFloat T> T copysign(T a, T b) { return number<T>(magnitude(a) | sign_bit(b)); }
// Numbers of one sign are ordered as their bits.
template <IsFloat T> T nextafter(T a, T b) {
  const Bits<T> away = bits(a) + 1, towards = bits(a) - 1;
  const bool outwards = (b > a) == (a > T(0));
  const T from_zero = number<T>(sign_bit(b) | 1);
  return a != a || b != b ? a + b : a == b ? b : a == T(0) ? from_zero : number<T>(outwards ? away : towards);
}
template <IsFloat T> T spacing(T a) {
  return magnitude(a) >= Layout<T>::infinity ? a - a : a == T(0) ? number<T>(1) : number<T>(bits(a) + 1) - a;
}
// Subnormal numbers are scaled up first.
template <IsFloat T> T mantissa(T a) {
  using L = Layout<T>;
  const bool small = magnitude(a) < (Bits<T>(1) << L::mantissa);
  const Bits<T> v = bits(small ? a * L::up : a);
  const bool keep = a == T(0) || magnitude(a) >= L::infinity;
  return keep ? a : number<T>((v & ~L::infinity) | (Bits<T>(L::bias) << L::mantissa));
}
template <IsFloat T> std::int32_t exponent(T a) {
  using L = Layout<T>;
  const bool small = magnitude(a) < (Bits<T>(1) << L::mantissa);
  const Bits<T> v = magnitude(small ? a * L::up : a) >> L::mantissa;
  const bool none = a == T(0) || magnitude(a) >= L::infinity;
  return none ? 0 : static_cast<std::int32_t>(v) - L::bias - (small ? L::up_exponent : 0);
}

inline double deg2rad(double a) { return a * (0x1.921fb54442d18p+1 / 180.0); }
inline double rad2deg(double a) { return a * (180.0 / 0x1.921fb54442d18p+1); }
inline float deg2rad(float a) { return static_cast<float>(deg2rad(static_cast<double>(a))); }
inline float rad2deg(float a) { return static_cast<float>(rad2deg(static_cast<double>(a))); }

}  // namespace element
