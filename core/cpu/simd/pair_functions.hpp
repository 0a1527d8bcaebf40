// Exponential and logarithm in more than the precision of float64, relative errors about 2^-58: what sums, products and quotients of
// them are made of when the result must be within an ulp. One result in both families of SLEEF, on all targets.

namespace element {

inline constexpr double ln2_hi = 0x1.62e42fefa39efp-1, ln2_lo = 0x1.abc9e3b39803fp-56;

/// value * 2^power
struct Scaled {
  Pair value;
  F64 power;
};
/// exp(r) for |r| <= 0.35: 1 + r + r^2 / 2 in pairs, the rest of Taylor's series, below 0.007, in one register.
inline Pair exp_near_0(Pair r) {
  static constexpr double c[] = {0x1.ae7f3e733b81fp-41, 0x1.93974a8c07c9dp-37, 0x1.6124613a86d09p-33, 0x1.1eed8eff8d898p-29, 0x1.ae64567f544e4p-26,
                                 0x1.27e4fb7789f5cp-22, 0x1.71de3a556c734p-19, 0x1.a01a01a01a01ap-16, 0x1.a01a01a01a01ap-13, 0x1.6c16c16c16c17p-10,
                                 0x1.1111111111111p-7,  0x1.5555555555555p-5,  0x1.5555555555555p-3};
  const Pair square = product(r.hi, r.hi);
  const Pair one = ordered_sum(F64{} + 1.0, r.hi), two = ordered_sum(one.hi, square.hi * 0.5);
  const Pair three = ordered_sum(two.hi, square.hi * r.hi * polynomial(r.hi, c));
  return ordered_sum(three.hi, one.lo + two.lo + three.lo + square.lo * 0.5 + r.lo * two.hi);
}
/// exp(x) for |x| <= 760, by x = k log 2 + r.
inline Scaled exp_pair(Pair x) {
  const F64 k = round_down(F64(x.hi * 0x1.71547652b82fep+0 + 0.5));
  const Pair r = sum(x.hi - k * 0x1.62e42feep-1, k * -0x1.a39ef35793c76p-33);  // log 2 in 32 bits, which k times is exact, and the rest
  return {exp_near_0(ordered_sum(r.hi, r.lo + x.lo)), k};
}
/// 2^x for |x| <= 1100.
inline Scaled exp2_pair(Pair x) {
  const F64 k = round_down(F64(x.hi + 0.5));
  return {exp_near_0(product(ordered_sum(x.hi - k, x.lo), spread_pair(ln2_hi, ln2_lo))), k};
}
/// log(1 + e) for 2^-900 < e <= 1: of u = 1 + e, halved when it is over sqrt(2), 2 atanh(s) with s = (u - 1) / (u + 1); its series from s^3 on,
/// below a hundredth of s, in one register.
inline Pair log1p_pair(Pair e) {
  static constexpr double c[] = {0x1.47ae147ae147bp-4, 0x1.642c8590b2164p-4, 0x1.8618618618618p-4, 0x1.af286bca1af28p-4, 0x1.e1e1e1e1e1e1ep-4, 0x1.1111111111111p-3,
                                 0x1.3b13b13b13b14p-3, 0x1.745d1745d1746p-3, 0x1.c71c71c71c71cp-3, 0x1.2492492492492p-2, 0x1.999999999999ap-2, 0x1.5555555555555p-1};
  const F64 zero{}, half = e.hi > 0x1.a827999fcef32p-2 ? zero + 1.0 : zero;
  const Pair above = sum(e.hi, -half), below = sum(half + 2.0, e.hi);
  const Pair s = quotient(ordered_sum(above.hi, above.lo + e.lo), ordered_sum(below.hi, below.lo + e.lo));
  const F64 t = s.hi * s.hi;
  const Pair r = sum(half * ln2_hi, s.hi + s.hi);
  return ordered_sum(r.hi, r.lo + half * ln2_lo + (s.lo + s.lo) + s.hi * t * polynomial(t, c));
}

}  // namespace element
