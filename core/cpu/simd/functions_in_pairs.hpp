// Functions of registers that need more than a register's precision on the way to the last rounding. float64 in pairs, float32 in
// double precision.

namespace element {

// exp(x) / 2 where exp(x) is beyond the range and half of it not.
template <class M> F64 half_exp(F64 x) {
  const F64 most = spread<F64>(720);
  const Scaled e = exp_pair({x < most ? x : most, F64{}});
  return x == x ? scale(e.value.hi, e.power - 1.0) : x;
}
template <class M> F32 half_exp(F32 x) {
  return through_double([](F64 v) { return M::exp(v) * 0.5; }, x);
}
template <class M, class T> T sinh(T a) {
  const T x = absolute(a), r = itself_near_0(a, M::sinh(a));
  const auto big = x > wide_or_narrow<T>(709, 88);
  return some_lane((V)big) ? (big ? with_sign(half_exp<M>(x), a) : r) : r;
}
template <class M, class T> T cosh(T a) {
  const T x = absolute(a), r = M::cosh(a);
  const auto big = x > wide_or_narrow<T>(709, 88);
  return some_lane((V)big) ? (big ? half_exp<M>(x) : r) : r;
}

/// larger + the logarithm of the sum over the larger's power. Equal infinities stay; a NaN difference is the result, as NumPy has it.
template <class T> T joined(T a, T b, T sum, double far) {
  const T d = a - b, larger = a > b ? a : b;
  return absolute(d) < static_cast<Number<T>>(far) ? sum : a == b ? a : d == d ? larger + T{} : d;
}
/// -|a - b| exactly.
inline Pair distance(F64 a, F64 b) {
  const auto swap = a > b;
  return sum(swap ? b : a, -(swap ? a : b));
}
template <class M> F64 logaddexp(F64 a, F64 b) {
  const Pair x = distance(a, b);
  const Scaled power = exp_pair(x);
  const Pair e = {scale(power.value.hi, power.power), scale(power.value.lo, power.power)}, l = log1p_pair(e);
  const auto far = x.hi < -40.0;  // log(1 + e) = e
  const Pair r = sum(a > b ? a : b, far ? e.hi : l.hi);
  return joined(a, b, F64(r.hi + (r.lo + (far ? e.lo : l.lo))), 750);
}
template <class M> F64 logaddexp2(F64 a, F64 b) {
  const Pair x = distance(a, b);
  const Scaled power = exp2_pair(x);
  const Pair e = {scale(power.value.hi, power.power), scale(power.value.lo, power.power)}, l = log1p_pair(e);
  const auto far = x.hi < -60.0;
  const Pair l2 = product({far ? e.hi : l.hi, far ? e.lo : l.lo}, spread_pair(0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56));
  const Pair r = sum(a > b ? a : b, l2.hi);
  return joined(a, b, F64(r.hi + (r.lo + l2.lo)), 1090);
}
template <class M> F32 logaddexp(F32 a, F32 b) {
  const auto sum = [](F64 x, F64 y) { return (x > y ? x : y) + M::log1p(M::exp(-absolute(F64(x - y)))); };
  return joined(a, b, through_double(sum, a, b), 750);
}
template <class M> F32 logaddexp2(F32 a, F32 b) {
  const auto sum = [](F64 x, F64 y) { return (x > y ? x : y) + M::log1p(M::exp2(-absolute(F64(x - y)))) * 0x1.71547652b82fep+0; };
  return joined(a, b, through_double(sum, a, b), 1090);
}

/// sin(pi x) / (pi x) = (-1)^n f / x S(f^2), with n the nearest whole number, f = x - n, which is exact, and S(g) the series
/// 1 - pi^2/6 g + pi^4/120 g^2 - ..., from its third term on in one register. Exactly 0 of whole numbers.
inline F64 sinc(F64 a) {
  static constexpr double c[] = {-0x1.be5bbb762c2f9p-51, 0x1.f0115b37351ebp-45, -0x1.d7353939082fep-39, 0x1.79788684225eap-33, -0x1.f5f9d970ca6dfp-28, 0x1.0fc992ff39e13p-22,
                                 -0x1.d42498d1ce099p-18, 0x1.374719fab3915p-13, -0x1.33816aa4607abp-9,  0x1.ac6805cf350a6p-6,  -0x1.86a8e4720db67p-3,  0x1.9f9cb402bc46cp-1};
  const F64 x = absolute(a), one = spread<F64>(1), n = x < 0x1p52 ? round_down(F64(x + 0.5)) : x;
  const F64 f = x - n, odd = n - round_down(F64(n * 0.5)) * 2.0;
  const Pair g = product(f, f), second = product(g, spread_pair(0x1.a51a6625307d3p+0, 0x1.1873d8912200cp-55));
  const Pair s = ordered_sum(F64{} + 1.0, -second.hi);
  const Pair series = ordered_sum(s.hi, s.lo - second.lo + g.hi * g.hi * polynomial(g.hi, c));
  const F64 y = product(quotient({f, F64{}}, {x < 0x1p52 ? x : one, F64{}}), series).hi * (1.0 - odd * 2.0);
  return x < 0x1p-28 ? one : y + F64{};
}
inline F32 sinc(F32 a) { return through_double([](F64 x) { return sinc(x); }, a); }

// SLEEF's erfc is up to 1.5 ulps off where its series meet at 2.2 and where it leaves the normal numbers: there exp(-x^2) times
// G(x) = exp(x^2) erfc(x), which is G(c) + (x - c) P(x - c) with P interpolating in 14 Chebyshev nodes on |x - c| <= 0.25, or the series of Abramowitz
// and Stegun 7.1.23.
inline Pair erfcx_near(F64 x) {
  static constexpr double c[] = {0x1.82e1eeb47ed9cp-27,  -0x1.852c9ec1374d3p-25, 0x1.7a2be2af0cf8ap-23,  -0x1.6c01b50b738f3p-21, 0x1.560b738a6242fp-19,
                                 -0x1.3942ea76b6a4ap-17, 0x1.172ec3b8bf5a8p-15,  -0x1.e34f7877de4f1p-14, 0x1.95697dbafe4adp-12,  -0x1.48b36781ce33ep-10,
                                 0x1.00ccda1a73c99p-8,   -0x1.8133004276076p-7,  0x1.140f4377f7768p-5,   -0x1.77e3f3dd398a3p-4};
  const F64 d = x - 2.2;
  const Pair g = ordered_sum(spread<F64>(0x1.e27e905156c27p-3), d * polynomial(d, c));
  return {g.hi, g.lo + 0x1.e1522b6cff0bdp-57};
}
inline Pair erfcx_far(F64 x) {
  static constexpr double c[] = {-135135, 10395, -945, 105, -15, 3, -1};
  const F64 y = 0.5 / (x * x);
  const Pair below = product({x, F64{}}, spread_pair(0x1.c5bf891b4ef6bp+0, -0x1.618f13eb7ca89p-54));  // x sqrt(pi)
  return quotient(ordered_sum(spread<F64>(1), y * polynomial(y, c)), below);
}
template <class M> F64 erfc(F64 a) {
  const F64 r = M::erfc(a), most = spread<F64>(27.5);
  const auto near = absolute(F64(a - 2.2)) < 0.25, far = a > 26.0;
  if (!some_lane((V)(near | far))) return r;
  const F64 x = a < most ? a : most;
  const Pair square = product(x, x), n = erfcx_near(x), f = erfcx_far(x);
  const Scaled e = exp_pair({-square.hi, -square.lo});
  const F64 value = scale(product(e.value, {far ? f.hi : n.hi, far ? f.lo : n.lo}).hi, e.power);
  return (near | far) ? value : r;
}
template <class M> F32 erfc(F32 a) {
  return through_double([](F64 x) { return M::erfc(x); }, a);
}

}  // namespace element
