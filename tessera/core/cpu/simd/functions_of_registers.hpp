// Functions of registers of floats beyond SLEEF's own: sums of them, and SLEEF's where it gives up before the range of the numbers ends.
// M is a family (sleef.hpp), T a register.

namespace element {

using TESSERA_TARGET::absolute;
using TESSERA_TARGET::square_root;
template <class T> using Number = std::remove_reference_t<decltype(T{}[0])>;
template <class T> T spread(Number<T> v) { return T{} + v; }

/// |x|, the sign of x, and x with another's sign.
template <class T> T with_sign(T magnitude, T sign) {
  const T zero = -T{};
  return (T)(((V)magnitude & ~(V)zero) | ((V)sign & (V)zero));
}
template <class T> inline constexpr bool is_wide = sizeof(Number<T>) == 8;

// Beyond `big` SLEEF's results are infinities too early: there x + 1 = x.
template <class M, class T> T log1p(T a) {
  const T big = spread<T>(is_wide<T> ? Number<T>(0x1p80) : Number<T>(0x1p60));
  return a > big ? M::log(a) : M::log1p(a);
}
template <class T> inline constexpr auto ln2 = static_cast<Number<T>>(0x1.62e42fefa39efp-1);
template <class M, class T> T asinh(T a) {
  const T x = absolute(a), big = spread<T>(is_wide<T> ? Number<T>(0x1p80) : Number<T>(0x1p40));
  return x > big ? with_sign(T(M::log(x) + ln2<T>), a) : M::asinh(a);
}
template <class M, class T> T acosh(T a) {
  const T big = spread<T>(is_wide<T> ? Number<T>(0x1p80) : Number<T>(0x1p40));
  return a > big ? M::log(a) + ln2<T> : M::acosh(a);
}
// exp(x) / 2 as (exp(x / 2) / 2) * exp(x / 2), where exp(x) is beyond the range and half of it not.
template <class M, class T> T half_exp(T x) {
  const T e = M::exp(x * Number<T>(0.5));
  return e * Number<T>(0.5) * e;
}
template <class M, class T> T sinh(T a) {
  const T x = absolute(a), big = spread<T>(is_wide<T> ? Number<T>(709) : Number<T>(88));
  return x > big ? with_sign(half_exp<M>(x), a) : M::sinh(a);
}
template <class M, class T> T cosh(T a) {
  const T x = absolute(a), big = spread<T>(is_wide<T> ? Number<T>(709) : Number<T>(88));
  return x > big ? half_exp<M>(x) : M::cosh(a);
}

// As NumPy: the difference d decides; equal numbers (infinities too) give a + log 2; a NaN difference is the result.
template <class M, class T> T logaddexp(T a, T b) {
  const T d = a - b, larger = a > b ? a : b;
  const T sum = larger + log1p<M>(T(M::exp(-absolute(d))));
  return a == b ? a + ln2<T> : d == d ? sum : d;
}
template <class M, class T> T logaddexp2(T a, T b) {
  const T d = a - b, larger = a > b ? a : b;
  const T sum = larger + log1p<M>(T(M::exp2(-absolute(d)))) * Number<T>(0x1.71547652b82fep+0);
  return a == b ? a + Number<T>(1) : d == d ? sum : d;
}

// SLEEF may be an ulp off, which near the largest number is an infinity.
template <class M, class T> T pow(T a, T b) { return b == Number<T>(1) ? a : M::pow(a, b); }

// sin(pi x) = (-1)^n sin(pi f) with n the nearest whole number and f = x - n, which is exact: SLEEF without FMA loses digits elsewhere.
template <class M, class T> T sinc(T a) {
  const T x = absolute(a), n = round_down(T(x + Number<T>(0.5)));
  const T odd = n - round_down(T(n * Number<T>(0.5))) * Number<T>(2);
  const T sine = M::sinpi(T(x - n)) * (Number<T>(1) - odd * Number<T>(2));
  const T y = sine / (x * static_cast<Number<T>>(0x1.921fb54442d18p+1));
  const T tiny = spread<T>(is_wide<T> ? Number<T>(0x1p-28) : Number<T>(0x1p-14));  // 1 - (pi x)^2 / 6 rounds to 1
  return x < tiny ? spread<T>(1) : y + T{};
}

}  // namespace element
