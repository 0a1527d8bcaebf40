// Functions of registers of floats beyond SLEEF's own: SLEEF's where it gives up before the range of the numbers ends, or is more than an
// ulp off (accuracy_test). M is a family (sleef.hpp), T a register. What only a few operands need is computed when some lane has one.

namespace element {

using TESSERA_TARGET::absolute;
using TESSERA_TARGET::square_root;
template <class T> using Number = std::remove_reference_t<decltype(T{}[0])>;
template <class T> T spread(Number<T> v) { return T{} + v; }
template <class T> inline constexpr bool is_wide = sizeof(Number<T>) == 8;
/// The first number for float64, the second for float32.
template <class T> T wide_or_narrow(double wide, float narrow) {
  if constexpr (is_wide<T>) return spread<T>(wide);
  else return spread<T>(narrow);
}

/// |x|, the sign of x, and x with another's sign.
template <class T> T with_sign(T magnitude, T sign) {
  const T zero = -T{};
  return (T)(((V)magnitude & ~(V)zero) | ((V)sign & (V)zero));
}

/// f in double precision, rounded once more.
template <class F, class... A> F32 through_double(F f, A... a) {
  typedef float Half __attribute__((vector_size(TESSERA_WIDTH / 2), may_alias));
  struct Halves { Half low, high; };
  const auto low = [](F32 v) { return __builtin_convertvector(__builtin_bit_cast(Halves, v).low, F64); };
  const auto high = [](F32 v) { return __builtin_convertvector(__builtin_bit_cast(Halves, v).high, F64); };
  return __builtin_bit_cast(F32, Halves{__builtin_convertvector(f(low(a)...), Half), __builtin_convertvector(f(high(a)...), Half)});
}

/// x where it is so small that it is the value of an odd function with slope 1 at 0 or of its like: SLEEF's is at times a neighbour.
template <class T> T itself_near_0(T x, T value) { return absolute(x) < wide_or_narrow<T>(0x1p-28, 0x1p-13f) ? x : value; }
template <class M, class T> T tan(T a) { return itself_near_0(a, M::tan(a)); }
template <class M, class T> T tanh(T a) { return itself_near_0(a, M::tanh(a)); }
template <class M, class T> T atanh(T a) { return itself_near_0(a, M::atanh(a)); }

// Beyond `big` SLEEF's results are infinities too early: there x + 1 = x.
template <class M, class T> T log1p(T a) {
  const T r = absolute(a) < wide_or_narrow<T>(0x1p-54, 0x1p-25f) ? a : M::log1p(a);
  const auto big = a > wide_or_narrow<T>(0x1p80, 0x1p60f);
  return some_lane((V)big) ? (big ? M::log(a) : r) : r;
}
template <class T> inline constexpr auto ln2 = static_cast<Number<T>>(0x1.62e42fefa39efp-1);
template <class M, class T> T asinh(T a) {
  const T x = absolute(a), r = itself_near_0(a, M::asinh(a));
  const auto big = x > wide_or_narrow<T>(0x1p80, 0x1p40f);
  return some_lane((V)big) ? (big ? with_sign(T(M::log(x) + ln2<T>), a) : r) : r;
}
template <class M, class T> T acosh(T a) {
  const T r = M::acosh(a);
  const auto big = a > wide_or_narrow<T>(0x1p80, 0x1p40f);
  return some_lane((V)big) ? (big ? M::log(a) + ln2<T> : r) : r;
}

// SLEEF may be an ulp off, which near the largest number is an infinity.
template <class M, class T> T pow(T a, T b) { return b == Number<T>(1) ? a : M::pow(a, b); }

// Small angles are the quotient, which SLEEF without FMA rounds badly when it is below the normal numbers.
template <class M, class T> T atan2(T a, T b) {
  const T q = a / b;
  return ((b > Number<T>(0)) & (absolute(q) < wide_or_narrow<T>(0x1p-500, 0x1p-60f))) ? q : M::atan2(a, b);
}

// SLEEF without FMA rounds badly below the normal numbers: tiny operands are scaled up.
template <class M> F64 hypot(F64 a, F64 b) {
  if constexpr (M::fused) return M::hypot(a, b);
  const F64 one = spread<F64>(1);
  const auto tiny = (absolute(a) < 0x1p-500) & (absolute(b) < 0x1p-500);
  const F64 up = tiny ? spread<F64>(0x1p600) : one;
  return M::hypot(F64(a * up), F64(b * up)) * (tiny ? spread<F64>(0x1p-600) : one);
}
/// Squares of floats neither overflow nor underflow in double precision; an infinity beside NaN is infinite.
template <class M> F32 hypot(F32 a, F32 b) {
  const F32 x = absolute(a), y = absolute(b), infinity = spread<F32>(__builtin_inff());
  const F32 r = through_double([](F64 u, F64 v) { return square_root(F64(u * u + v * v)); }, a, b);
  return ((x == infinity) | (y == infinity)) ? infinity : r;
}

// erf is linear near 0: there its operand is scaled up and its value down again, for what SLEEF rounds badly below the normal numbers.
template <class M, class T> T erf(T a) {
  if constexpr (is_wide<T> && M::fused) return M::erf(a);
  const auto tiny = absolute(a) < wide_or_narrow<T>(0x1p-500, 0x1p-60f);
  const T one = spread<T>(1), r = M::erf(T(a * (tiny ? wide_or_narrow<T>(0x1p400, 0x1p40f) : one)));
  return r * (tiny ? wide_or_narrow<T>(0x1p-400, 0x1p-40f) : one);
}

}  // namespace element
