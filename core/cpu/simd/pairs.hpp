// Numbers in twice the precision: sums hi + lo of two registers, lo at most half an ulp of hi, for functions whose last rounding must be
// nearly the only one. Sums and products with their errors as Dekker (1971) and Knuth (TAOCP 2, 4.2.2) have them, without fused
// multiply-add on any target: the bits are the same everywhere. Relative errors around 2^-100, where nothing leaves the range.

namespace element {

struct Pair { F64 hi, lo; };

/// a + b exactly, for |a| >= |b| or a = 0.
inline Pair ordered_sum(F64 a, F64 b) {
  const F64 s = a + b;
  return {s, b - (s - a)};
}
/// a + b exactly.
inline Pair sum(F64 a, F64 b) {
  const F64 s = a + b, t = s - a;
  return {s, (a - (s - t)) + (b - t)};
}
/// a * b exactly, for factors below 2^996 and a product above 2^-969.
inline Pair product(F64 a, F64 b) {
  const F64 u = a * 0x1.0000002p+27, v = b * 0x1.0000002p+27, p = a * b;
  const F64 ah = u - (u - a), al = a - ah, bh = v - (v - b), bl = b - bh;
  return {p, ((ah * bh - p) + ah * bl + al * bh) + al * bl};
}
inline Pair product(Pair a, Pair b) {
  const Pair p = product(a.hi, b.hi);
  return ordered_sum(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}
inline Pair quotient(Pair a, Pair b) {
  const F64 q = a.hi / b.hi;
  const Pair p = product(q, b.hi);
  return ordered_sum(q, ((a.hi - p.hi) - p.lo + a.lo - q * b.lo) / b.hi);
}
/// The square root of x and its rest.
inline Pair root(F64 x) {
  const F64 r = square_root(x);
  const Pair p = product(r, r);
  return {r, ((x - p.hi) - p.lo) / (r + r)};
}
inline Pair spread_pair(double hi, double lo) { return {F64{} + hi, F64{} + lo}; }

/// c[0] x^(n-1) + ... + c[n-1].
template <int n> F64 polynomial(F64 x, const double (&c)[n]) {
  F64 r = F64{} + c[0];
  for (int k = 1; k < n; k++) r = r * x + c[k];
  return r;
}
/// x * 2^k for whole k in [-1100, 1100], rounded once.
inline F64 scale(F64 x, F64 k) {
  const auto power = [](F64 e) { return (F64)(((Vec<std::uint64_t>)(e + 0x1.8p52) + 1023u) << 52); };
  const F64 half = round_down(F64(k * 0.5));
  return x * power(half) * power(k - half);
}

}  // namespace element
