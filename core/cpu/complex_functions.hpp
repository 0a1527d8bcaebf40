#pragma once
// Functions of complex numbers for rare.cpp, under C99's names where it has them. Special values as C99's Annex G and
// the Array API have them; the C library's functions are right there, the others are built on its real ones.
#include <cmath>
#include <complex>
#include <limits>

namespace tessera::cpu {

template <class T>
using Complex = std::complex<T>;

template <class T>
Complex<T> times(Complex<T> a, Complex<T> b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}
// Smith's algorithm, as NumPy writes it.
template <class T>
Complex<T> quotient(Complex<T> a, Complex<T> b) {
  const T x = std::fabs(b.real()), y = std::fabs(b.imag());
  if (x >= y) {
    if (x == 0 && y == 0) return {a.real() / x, a.imag() / x};
    const T ratio = b.imag() / b.real(), scale = T(1) / (b.real() + b.imag() * ratio);
    return {(a.real() + a.imag() * ratio) * scale, (a.imag() - a.real() * ratio) * scale};
  }
  const T ratio = b.real() / b.imag(), scale = T(1) / (b.imag() + b.real() * ratio);
  return {(a.real() * ratio + a.imag()) * scale, (a.imag() * ratio - a.real()) * scale};
}
/// As NumPy's npy_cpow, special values too: small whole exponents by multiplication, others by the C library's, of
/// finite operands in double precision.
template <class T>
Complex<T> power(Complex<T> a, Complex<T> b) {
  if (b == T(0)) return T(1);
  if (a == T(0)) {
    const T nan = std::numeric_limits<T>::quiet_NaN();
    return b.real() > 0 && b.imag() == 0 ? Complex<T>(0) : Complex<T>(nan, nan);
  }
  if (b.imag() == 0 && std::fabs(b.real()) < 100 && std::trunc(b.real()) == b.real()) {
    const int n = static_cast<int>(b.real());
    if (n == 1) return a;
    if (n == 2) return times(a, a);
    if (n == 3) return times(a, times(a, a));
    Complex<T> result = T(1), p = a;
    for (int e = n < 0 ? -n : n; e; e >>= 1) {
      if (e & 1) result = times(result, p);
      if (e > 1) p = times(p, p);
    }
    return n < 0 ? quotient(Complex<T>(1), result) : result;
  }
  const auto finite = [](Complex<T> z) { return std::isfinite(z.real()) && std::isfinite(z.imag()); };
  return finite(a) && finite(b) ? static_cast<Complex<T>>(std::pow(Complex<double>(a), Complex<double>(b)))
                                : std::pow(a, b);
}

// The C library's, in double precision for float too.
#define TESSERA_COMPLEX_FUNCTION(name, function)                       \
  template <class T>                                                   \
  Complex<T> name(Complex<T> z) {                                      \
    return static_cast<Complex<T>>(std::function(Complex<double>(z))); \
  }
TESSERA_COMPLEX_FUNCTION(csqrt, sqrt)
TESSERA_COMPLEX_FUNCTION(cexp, exp)
TESSERA_COMPLEX_FUNCTION(clog, log)
TESSERA_COMPLEX_FUNCTION(csin, sin)
TESSERA_COMPLEX_FUNCTION(ccos, cos)
TESSERA_COMPLEX_FUNCTION(ctan, tan)
TESSERA_COMPLEX_FUNCTION(casin, asin)
TESSERA_COMPLEX_FUNCTION(cacos, acos)
TESSERA_COMPLEX_FUNCTION(catan, atan)
TESSERA_COMPLEX_FUNCTION(csinh, sinh)
TESSERA_COMPLEX_FUNCTION(ccosh, cosh)
TESSERA_COMPLEX_FUNCTION(ctanh, tanh)
TESSERA_COMPLEX_FUNCTION(casinh, asinh)
TESSERA_COMPLEX_FUNCTION(cacosh, acosh)
TESSERA_COMPLEX_FUNCTION(catanh, atanh)
#undef TESSERA_COMPLEX_FUNCTION

template <class T>
Complex<T> reciprocal(Complex<T> z) {
  return quotient(Complex<T>(1), z);
}
/// z / |z|, 0 of 0; a direction where one part is infinite.
template <class T>
Complex<T> sign(Complex<T> z) {
  const T r = std::hypot(z.real(), z.imag()), nan = std::numeric_limits<T>::quiet_NaN();
  if (std::isnan(z.real()) || std::isnan(z.imag())) return {nan, nan};
  if (std::isinf(r)) {
    if (!std::isinf(z.imag())) return {std::copysign(T(1), z.real()), T(0)};
    return std::isinf(z.real()) ? Complex<T>(nan, nan) : Complex<T>(T(0), std::copysign(T(1), z.imag()));
  }
  return r == 0 ? Complex<T>(0) : Complex<T>(z.real() / r, z.imag() / r);
}
template <class T>
Complex<T> scaled(Complex<T> z, double by) {
  return {static_cast<T>(static_cast<double>(z.real()) * by), static_cast<T>(static_cast<double>(z.imag()) * by)};
}
/// The direction of the angle y log 2. y may be large, so that what the product is rounded by counts, too: a part of
/// the angle like the others, exact as a fused product less the rounded one. Three doubles of log 2 are enough for
/// 2^-160 |y|, that is for every float and for doubles up to 1e32; beyond, the modulus alone is right.
inline Complex<double> turn_by_log2(double y) {
  constexpr double log2[] = {0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56, 0x1.7b57a079a1934p-111};
  const double angle = y * log2[0], rest = std::fma(y, log2[0], -angle);
  const Complex<double> whole(std::cos(angle), std::sin(angle));
  if (std::fabs(y) < 0x1p26) return whole + times(Complex<double>(0, rest + y * log2[1]), whole);
  Complex<double> turn = times(whole, Complex<double>(std::cos(rest), std::sin(rest)));
  for (const double part : {log2[1], log2[2]}) {
    const double low = y * part, low_rest = std::fma(y, part, -low);
    turn = times(turn, Complex<double>(std::cos(low), std::sin(low)));
    turn = times(turn, Complex<double>(std::cos(low_rest), std::sin(low_rest)));
  }
  return turn;
}
template <class T>
Complex<T> cexp2(Complex<T> z) {
  const double x = z.real(), y = z.imag();
  if (!std::isfinite(x) || !std::isfinite(y) || y == 0) return cexp(scaled(z, 0x1.62e42fefa39efp-1));
  const Complex<double> turn = turn_by_log2(y);
  // In two steps, for where the power alone leaves the range.
  const double half = std::exp2(x / 2);
  return {static_cast<T>(turn.real() * half * half), static_cast<T>(turn.imag() * half * half)};
}
template <class T>
Complex<T> clog2(Complex<T> z) {
  return scaled(clog(z), 0x1.71547652b82fep+0);
}
template <class T>
Complex<T> clog10(Complex<T> z) {
  return scaled(clog(z), 0x1.bcb7b1526e50ep-2);
}
/// exp(z) - 1 = expm1(x) cos(y) - 2 sin(y/2)^2 + i exp(x) sin(y), which cancels nowhere near 0.
template <class T>
Complex<T> cexpm1(Complex<T> z) {
  if (!std::isfinite(z.real()) || !std::isfinite(z.imag())) {
    const Complex<T> e = cexp(z);
    return {e.real() - 1, e.imag()};
  }
  const T s = std::sin(z.imag() / 2);
  return {std::expm1(z.real()) * std::cos(z.imag()) - 2 * s * s, cexp(z).imag()};
}
/// log|1 + z| = log1p(x (2 + x) + y^2) / 2 near 0.
template <class T>
Complex<T> clog1p(Complex<T> z) {
  const T x = z.real(), y = z.imag();
  if (std::fabs(x) < T(0.25) && std::fabs(y) < T(0.25))
    return {std::log1p(x * (2 + x) + y * y) / 2, std::atan2(y, 1 + x)};
  return clog(Complex<T>(1 + x, y));
}
/// 1 - (pi z)^2 / 6 near 0; elsewhere of the angle less whole turns, which is exact, with what its product with pi is
/// rounded by: sin(a + d) = sin(a) + d cos(a). The imaginary part may be large, and its exponential with it.
template <class T>
Complex<T> csinc(Complex<T> z) {
  if (z == T(0)) return T(1);
  constexpr double pi = 0x1.921fb54442d18p+1, pi_low = 0x1.1a62633145c07p-53;
  if (std::fabs(z.real()) < T(1e-10) && std::fabs(z.imag()) < T(1e-10))
    return {T(1), static_cast<T>(-(pi * pi / 3) * z.real() * z.imag())};
  const double n = std::nearbyint(static_cast<double>(z.real())), x = z.real() - n, y = z.imag();
  const Complex<double> angle(x * pi, y * pi);
  Complex<double> sine = csin(angle);
  if (std::isfinite(sine.real()) && std::isfinite(sine.imag())) {
    const auto rest = [](double v) { return std::fma(v, pi, -(v * pi)) + v * pi_low; };
    sine += times(Complex<double>(rest(x), rest(y)), ccos(angle));
  }
  return static_cast<Complex<T>>(scaled(quotient(std::fmod(n, 2) == 0 ? sine : -sine, Complex<double>(z)), 1 / pi));
}

}  // namespace tessera::cpu
