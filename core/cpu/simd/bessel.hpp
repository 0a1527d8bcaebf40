// I0, the modified Bessel function (Abramowitz and Stegun 9.6.12 and 9.7.1), within an ulp: sums and products in pairs where their roundings
// would show.

namespace element {

/// The power series, sum of (x^2 / 4)^k / k!^2, for x up to 8: all terms are positive, and the sum is made with the errors of its steps (Graillat,
/// Langlois, Louvet 2009) where terms are large.
inline Pair i0_near(F64 x) {
  static constexpr double small[] = {0x1.1159d2b18fe1fp-149, 0x1.1a6d4e307528fp-140, 0x1.0afb53e9cec0bp-131, 0x1.cbeaf38dc529fp-123, 0x1.674f8e46c208cp-114,
                                     0x1.faaf2fa1c79e5p-106, 0x1.40a2dc2460523p-97,  0x1.69f7da8510bcdp-89,  0x1.69f7da8510bcdp-81,  0x1.3e22d70ef3b5fp-73,
                                     0x1.e725594ee52e9p-66,  0x1.4197a7f5154bcp-58};
  static constexpr double large[][2] = {{0x1.69ca9cf3b7f54p-51, -0x1.ee6b4638f3a25p-105}, {0x1.5601885e63e5dp-44, -0x1.9b0b430eb27b8p-101},
                                        {0x1.0b313289be0b9p-37, -0x1.8824198c6f6e1p-91},  {0x1.522a43f65486ap-31, -0x1.604db055bd075p-85},
                                        {0x1.522a43f65486ap-25, -0x1.604db055bd075p-79},  {0x1.02e85c0898b71p-19, -0x1.b6edec0692e65p-75},
                                        {0x1.23456789abcdfp-14, 0x1.23456789abcdfp-74},   {0x1.c71c71c71c71cp-10, 0x1.c71c71c71c71cp-64},
                                        {0x1.c71c71c71c71cp-6, 0x1.c71c71c71c71cp-60},    {0x1p-2, 0}, {1, 0}, {1, 0}};
  const Pair square = product(x, x), t = {square.hi * 0.25, square.lo * 0.25};
  F64 value = polynomial(t.hi, small), rest{};
  for (const auto& c : large) {
    const Pair p = product(value, t.hi), s = sum(p.hi, F64{} + c[0]);
    rest = rest * t.hi + (p.lo + s.lo + value * t.lo + c[1]);
    value = s.hi;
  }
  return ordered_sum(value, rest);
}
/// exp(-x) sqrt(x) I0(x) for x over 8: 1 / sqrt(2 pi) + w R(2 w - 1) with w = 8 / x, where R interpolates in 27 Chebyshev nodes to 2^-58.
inline Pair i0_far(F64 x) {
  static constexpr double c[] = {0x1.9e2efc54fccf7p-36,  0x1.352ac5119c9adp-34,  -0x1.aed7e4525cd22p-33, -0x1.26552f9e258fcp-31, 0x1.a3c50a06bf5dcp-31,
                                 0x1.05e3b7ba9a4c7p-29,  -0x1.005f99ddcca49p-29, -0x1.280bba03fb2fcp-28, 0x1.b941b358d8530p-29,  0x1.f122ca8f6c3f0p-28,
                                 -0x1.139bcff5f50d2p-28, -0x1.5ea6c6345d4a6p-27, 0x1.976a3699de4b3p-29,  0x1.c06dc0b883446p-27,  0x1.2d88a4d512906p-29,
                                 -0x1.cc5db5a9d6dd8p-27, -0x1.ced90bf48ea28p-27, 0x1.21893b956c71bp-34,  0x1.02a54c9269527p-26,  0x1.e185b3e8f2c13p-26,
                                 0x1.b2d691e8d7313p-25,  0x1.105a15dcc1d8fp-23,  0x1.f6664d0323f9ep-22,  0x1.4f847058f213dp-19,  0x1.4bf5606554966p-16,
                                 0x1.08eb1caf91b5ep-12,  0x1.a7eab7f09a9ffp-8};
  const F64 w = 8.0 / x;
  const Pair s = ordered_sum(F64{} + 0x1.9884533d43651p-2, w * polynomial(F64(w + w - 1.0), c));
  return {s.hi, s.lo - 0x1.cbc0d30ebfd15p-56};
}
inline F64 bessel_i0(F64 a) {
  const F64 x = absolute(a), most = F64{} + 720.0, eight = F64{} + 8.0;
  const auto far = x > eight;
  F64 value = i0_near(far ? eight : x).hi;
  if (some_lane((V)far)) {
    const Scaled e = exp_pair({x < most ? x : most, F64{}});
    const F64 beyond = scale(quotient(product(e.value, i0_far(x)), root(x)).hi, e.power);
    value = far ? beyond : value;
  }
  return x > most ? F64{} + __builtin_inf() : x == x ? value : x;
}
inline F32 bessel_i0(F32 a) { return through_double([](F64 x) { return bessel_i0(x); }, a); }

}  // namespace element
