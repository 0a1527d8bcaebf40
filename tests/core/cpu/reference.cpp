#include "reference.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <optional>

#include <tessera/core/box.hpp>

namespace tessera::cpu::reference {
namespace {

template <class T>
constexpr bool is_cx = false;
template <class T>
constexpr bool is_cx<std::complex<T>> = true;
template <class T>
constexpr bool is_int = std::is_integral_v<T> && !std::is_same_v<T, bool>;

/// Modulo 2^bits, from a wide integer.
template <class T>
T wrapped(__int128 v) {
  return static_cast<T>(static_cast<unsigned __int128>(v));
}

template <class T>
bool truth(T v) {
  return v != T(0);
}

template <class T>
bool nan(T v) {
  if constexpr (is_cx<T>)
    return std::isnan(v.real()) || std::isnan(v.imag());
  else if constexpr (std::is_floating_point_v<T>)
    return std::isnan(v);
  else
    return false;
}

template <class T>
T int_power(T a, T n) {
  if (n < T(0))
    return a == T(1)                                          ? T(1)
           : (std::is_signed_v<T> && a == static_cast<T>(-1)) ? (n % 2 ? static_cast<T>(-1) : T(1))
                                                              : T(0);
  unsigned __int128 r = 1;
  // Exponents beyond 2^20 in the tests are only taken of 0, 1, -1 and even numbers, where the power repeats or
  // vanishes.
  const auto e = static_cast<std::uint64_t>(n);
  const std::uint64_t steps = e > (1u << 20) ? (1u << 10) + e % 2 : e;
  const auto base = static_cast<unsigned __int128>(static_cast<__int128>(a));
  for (std::uint64_t i = 0; i < steps; i++) r *= base;
  return static_cast<T>(r);
}

template <class T>
bool infinite(T v) {
  if constexpr (is_cx<T>)
    return std::isinf(v.real()) || std::isinf(v.imag());
  else if constexpr (std::is_floating_point_v<T>)
    return std::isinf(v);
  else
    return false;
}

/// Functions that are rounded once, from long double.
std::optional<long double> wide_function(Op op, long double a) {
  switch (op) {
    case Op::cbrt:
      return cbrtl(a);
    case Op::exp:
      return expl(a);
    case Op::exp2:
      return exp2l(a);
    case Op::exp10:
      return exp10l(a);
    case Op::expm1:
      return expm1l(a);
    case Op::log:
      return logl(a);
    case Op::log2:
      return log2l(a);
    case Op::log10:
      return log10l(a);
    case Op::log1p:
      return log1pl(a);
    case Op::sin:
      return sinl(a);
    case Op::cos:
      return cosl(a);
    case Op::tan:
      return tanl(a);
    case Op::asin:
      return asinl(a);
    case Op::acos:
      return acosl(a);
    case Op::atan:
      return atanl(a);
    case Op::sinh:
      return sinhl(a);
    case Op::cosh:
      return coshl(a);
    case Op::tanh:
      return tanhl(a);
    case Op::asinh:
      return asinhl(a);
    case Op::acosh:
      return acoshl(a);
    case Op::atanh:
      return atanhl(a);
    case Op::sinc: {
      const long double n = nearbyintl(a), pi = std::numbers::pi_v<long double>;
      const long double sine = sinl(pi * (a - n)) * (fmodl(n, 2) == 0 ? 1 : -1);
      return a == 0 ? 1.0L : sine / (pi * a) + 0.0L;
    }
    case Op::deg2rad:
      return a * (std::numbers::pi_v<long double> / 180);
    case Op::rad2deg:
      return a * (180 / std::numbers::pi_v<long double>);
    case Op::erf:
      return erfl(a);
    case Op::erfc:
      return erfcl(a);
    case Op::i0: {  // the power series: every term is positive
      if (fabsl(a) > 1000) return std::numeric_limits<long double>::infinity();  // beyond the range of double
      long double sum = 1, term = 1;
      for (int k = 1; k < 2000 && term > sum * 1e-21L; k++) sum += term *= (a / 2 / k) * (a / 2 / k);
      return sum;
    }
    default:
      return std::nullopt;
  }
}
std::optional<long double> wide_function(Op op, long double a, long double b) {
  switch (op) {
    case Op::hypot:
      return hypotl(a, b);
    case Op::atan2:
      return atan2l(a, b);
    case Op::pow:
      return powl(a, b);
    case Op::logaddexp:
      return a == b ? a + std::numbers::ln2_v<long double>
                    : std::max(a, b) + log1pl(expl(-fabsl(a - b))) + (std::isnan(a - b) ? a - b : 0);
    case Op::logaddexp2:
      return a == b ? a + 1
                    : std::max(a, b) + log1pl(exp2l(-fabsl(a - b))) * std::numbers::log2e_v<long double> +
                          (std::isnan(a - b) ? a - b : 0);
    default:
      return std::nullopt;
  }
}

template <class T>
T complex_quotient(T a, T b) {
  using R = typename T::value_type;
  const R x = std::fabs(b.real()), y = std::fabs(b.imag());
  if (x >= y) {
    if (x == 0 && y == 0) return T(a.real() / x, a.imag() / y);  // as NumPy: (inf, nan) of 1
    const R r = b.imag() / b.real(), s = 1 / (b.real() + b.imag() * r);
    return T((a.real() + a.imag() * r) * s, (a.imag() - a.real() * r) * s);
  }
  const R r = b.real() / b.imag(), s = 1 / (b.imag() + b.real() * r);
  return T((a.real() * r + a.imag()) * s, (a.imag() * r - a.real()) * s);
}

template <class T>
Element complex_unary(Op op, T a) {
  using R = typename T::value_type;
  using W = std::complex<long double>;
  const W w(a);
  const auto narrow = [](W v) { return Element::of(T(static_cast<R>(v.real()), static_cast<R>(v.imag()))); };
  switch (op) {
    case Op::conj:
      return Element::of(T(a.real(), -a.imag()));
    case Op::positive:
      return Element::of(a);
    case Op::rint:
      return Element::of(T(std::nearbyint(a.real()), std::nearbyint(a.imag())));
    case Op::sqrt:
      return narrow(std::sqrt(w));
    case Op::exp:
      return narrow(std::exp(w));
    case Op::exp2:
      return narrow(std::exp(w * std::numbers::ln2_v<long double>));
    case Op::expm1: {
      const long double half = std::sin(w.imag() / 2);
      return narrow(std::isfinite(w.real()) ? W(expm1l(w.real()) * cosl(w.imag()) - 2 * half * half, std::exp(w).imag())
                                            : std::exp(w) - W(1));
    }
    case Op::log:
      return narrow(std::log(w));
    case Op::log2:
      return narrow(std::log(w) / std::numbers::ln2_v<long double>);
    case Op::log10:
      return narrow(std::log(w) / std::numbers::ln10_v<long double>);
    case Op::log1p:
      return narrow(std::abs(w) < 0.1L
                        ? W(log1pl(w.real() * (2 + w.real()) + w.imag() * w.imag()) / 2, atan2l(w.imag(), 1 + w.real()))
                        : std::log(W(w.real() + 1, w.imag())));
    case Op::sin:
      return narrow(std::sin(w));
    case Op::cos:
      return narrow(std::cos(w));
    case Op::tan:
      return narrow(std::tan(w));
    case Op::asin:
      return narrow(std::asin(w));
    case Op::acos:
      return narrow(std::acos(w));
    case Op::atan:
      return narrow(std::atan(w));
    case Op::sinh:
      return narrow(std::sinh(w));
    case Op::cosh:
      return narrow(std::cosh(w));
    case Op::tanh:
      return narrow(std::tanh(w));
    case Op::asinh:
      return narrow(std::asinh(w));
    case Op::acosh:
      return narrow(std::acosh(w));
    case Op::atanh:
      return narrow(std::atanh(w));
    case Op::sinc: {
      const long double n = nearbyintl(w.real()), pi = std::numbers::pi_v<long double>;
      const W sine = std::sin(pi * W(w.real() - n, w.imag()));
      return narrow(a == T(0) ? W(1) : (fmodl(n, 2) == 0 ? sine : -sine) / (pi * w));
    }
    case Op::reciprocal:
      return Element::of(complex_quotient(T(1), a));
    case Op::sign: {
      if (nan(a)) return narrow(W(NAN, NAN));
      const long double r = std::hypot(w.real(), w.imag());
      if (std::isinf(r))
        return narrow(std::isinf(w.real()) && std::isinf(w.imag()) ? W(NAN, NAN)
                      : std::isinf(w.real())                       ? W(std::copysign(1.0L, w.real()), 0)
                                                                   : W(0, std::copysign(1.0L, w.imag())));
      return narrow(r == 0 ? W(0) : W(w.real() / r, w.imag() / r));
    }
    default:
      throw std::logic_error("reference: no such operation");
  }
}

template <class T>
Element real_unary(Op op, T a) {
  if (const auto wide = wide_function(op, a)) return Element::of(static_cast<T>(*wide));
  switch (op) {
    case Op::sign:
      return Element::of(std::isnan(a) ? a : a == 0 ? T(0) : std::copysign(T(1), a));
    case Op::positive:
    case Op::conj:
      return Element::of(a);
    case Op::reciprocal:
      return Element::of(T(1) / a);
    case Op::floor:
      return Element::of(std::floor(a));
    case Op::ceil:
      return Element::of(std::ceil(a));
    case Op::trunc:
      return Element::of(std::trunc(a));
    case Op::rint:
      return Element::of(std::nearbyint(a));
    case Op::isposinf:
      return Element::of(std::isinf(a) && a > 0);
    case Op::isneginf:
      return Element::of(std::isinf(a) && a < 0);
    case Op::signbit:
      return Element::of(std::signbit(a));
    case Op::spacing:
      return Element::of(static_cast<T>(
          std::nextafter(a, a < 0 ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::infinity()) - a));
    case Op::frexp_mantissa: {
      int e;
      return Element::of(std::frexp(a, &e));
    }
    case Op::frexp_exponent: {
      int e = 0;
      std::frexp(a, &e);
      return Element::of(std::isfinite(a) ? std::int32_t{e} : std::int32_t{0});
    }
    default:
      throw std::logic_error("reference: no such operation");
  }
}

template <class T>
Element unary(Op op, T a) {
  if (op == Op::isnan) return Element::of(nan(a));
  if (op == Op::isinf) return Element::of(infinite(a));
  if (op == Op::isfinite) return Element::of(!nan(a) && !infinite(a));
  if (op == Op::logical_not) return Element::of(!truth(a));
  if constexpr (is_cx<T>) {
    switch (op) {
      case Op::negative:
        return Element::of(T(-a.real(), -a.imag()));
      case Op::abs:
        return Element::of(std::abs(a));
      case Op::square:
        return Element::of(T(a.real() * a.real() - a.imag() * a.imag(), a.real() * a.imag() + a.imag() * a.real()));
      case Op::real:
        return Element::of(a.real());
      case Op::imag:
        return Element::of(a.imag());
      default:
        return complex_unary(op, a);
    }
  } else if constexpr (std::is_floating_point_v<T>) {
    switch (op) {
      case Op::negative:
        return Element::of(-a);
      case Op::abs:
        return Element::of(std::fabs(a));
      case Op::square:
        return Element::of(a * a);
      case Op::sqrt:
        return Element::of(std::sqrt(a));
      case Op::real:
        return Element::of(a);
      case Op::imag:
        return Element::of(T(0));
      default:
        return real_unary(op, a);
    }
  } else if constexpr (is_int<T>) {
    const __int128 w = a;
    switch (op) {
      case Op::negative:
        return Element::of(wrapped<T>(-w));
      case Op::abs:
        return Element::of(wrapped<T>(w < 0 ? -w : w));
      case Op::square:
        return Element::of(static_cast<T>(static_cast<unsigned __int128>(w) * static_cast<unsigned __int128>(w)));
      case Op::floor:
      case Op::ceil:
      case Op::trunc:
      case Op::real:
      case Op::conj:
      case Op::positive:
        return Element::of(a);
      case Op::sign:
        return Element::of(wrapped<T>(w < 0 ? -1 : w > 0 ? 1 : 0));
      case Op::signbit:
        return Element::of(w < 0);
      case Op::isposinf:
      case Op::isneginf:
        return Element::of(false);
      case Op::imag:
        return Element::of(T(0));
      case Op::bitwise_invert:
        return Element::of(wrapped<T>(-w - 1));
      default:
        break;
    }
  } else {
    switch (op) {
      case Op::bitwise_invert:
        return Element::of(!a);
      case Op::abs:
      case Op::real:
      case Op::floor:
      case Op::ceil:
      case Op::trunc:
        return Element::of(a);
      case Op::imag:
      case Op::signbit:
      case Op::isposinf:
      case Op::isneginf:
        return Element::of(false);
      default:
        break;
    }
  }
  throw std::logic_error("reference: no such operation");
}

template <class T>
Element binary(Op op, T a, T b) {
  switch (op) {
    case Op::equal:
      return Element::of(a == b);
    case Op::not_equal:
      return Element::of(!(a == b));
    case Op::logical_and:
      return Element::of(truth(a) && truth(b));
    case Op::logical_or:
      return Element::of(truth(a) || truth(b));
    case Op::logical_xor:
      return Element::of(truth(a) != truth(b));
    default:
      break;
  }
  if constexpr (is_cx<T>) {
    switch (op) {
      case Op::add:
        return Element::of(T(a.real() + b.real(), a.imag() + b.imag()));
      case Op::subtract:
        return Element::of(T(a.real() - b.real(), a.imag() - b.imag()));
      case Op::multiply:
        return Element::of(T(a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()));
      case Op::divide:
        return Element::of(complex_quotient(a, b));
      case Op::pow:
        return Element::of(b == T(0) ? T(1) : std::pow(a, b));
      default:
        break;
    }
  } else {
    switch (op) {
      case Op::less:
        return Element::of(a < b);
      case Op::less_equal:
        return Element::of(a <= b);
      case Op::greater:
        return Element::of(a > b);
      case Op::greater_equal:
        return Element::of(a >= b);
      case Op::minimum:
        return Element::of(nan(a) ? a : nan(b) ? b : a < b ? a : b);
      case Op::maximum:
        return Element::of(nan(a) ? a : nan(b) ? b : a > b ? a : b);
      case Op::fmin:
        return Element::of(nan(b) ? a : nan(a) ? b : b < a ? b : a);
      case Op::fmax:
        return Element::of(nan(b) ? a : nan(a) ? b : b > a ? b : a);
      default:
        break;
    }
  }
  if constexpr (std::is_floating_point_v<T>) {
    if (const auto wide = wide_function(op, a, b)) return Element::of(static_cast<T>(*wide));
    switch (op) {
      case Op::add:
        return Element::of(a + b);
      case Op::subtract:
        return Element::of(a - b);
      case Op::multiply:
        return Element::of(a * b);
      case Op::divide:
        return Element::of(a / b);
      case Op::fmod:
        return Element::of(std::fmod(a, b));
      case Op::complex:
        return Element::of(std::complex<T>(a, b));
      case Op::copysign:
        return Element::of(std::copysign(a, b));
      case Op::nextafter:
        return Element::of(std::nextafter(a, b));
      case Op::ldexp:
        return Element::of(static_cast<T>(ldexpl(a, static_cast<int>(std::clamp<double>(b, -20000, 20000)))));
      case Op::remainder: {
        T r = std::fmod(a, b);
        if (b == 0 || std::isnan(r)) return Element::of(r);
        if (r == 0) return Element::of(std::copysign(T(0), b));
        if (std::signbit(r) != std::signbit(b)) r += b;
        return Element::of(r);
      }
      case Op::floor_divide: {
        if (b == 0) return Element::of(a / b);
        const T r = std::fmod(a, b);
        T q = (a - r) / b;
        if (r != 0 && (r < 0) != (b < 0)) q -= 1;
        if (q == 0) return Element::of(std::copysign(T(0), a / b));
        return Element::of(std::isnan(q) ? q : q - std::floor(q) > T(0.5) ? std::floor(q) + 1 : std::floor(q));
      }
      default:
        break;
    }
  } else if constexpr (is_int<T>) {
    const __int128 x = a, y = b;
    constexpr int bits = 8 * static_cast<int>(sizeof(T));
    switch (op) {
      case Op::add:
        return Element::of(wrapped<T>(x + y));
      case Op::subtract:
        return Element::of(wrapped<T>(x - y));
      case Op::multiply:
        return Element::of(
            wrapped<T>(static_cast<__int128>(static_cast<unsigned __int128>(x) * static_cast<unsigned __int128>(y))));
      case Op::floor_divide: {
        if (y == 0) return Element::of(T(0));
        __int128 q = x / y;
        if (q * y != x && (x < 0) != (y < 0)) q--;
        return Element::of(wrapped<T>(q));
      }
      case Op::remainder: {
        if (y == 0) return Element::of(T(0));
        __int128 r = x % y;
        if (r != 0 && (r < 0) != (y < 0)) r += y;
        return Element::of(wrapped<T>(r));
      }
      case Op::fmod:
        return Element::of(y == 0 ? T(0) : wrapped<T>(x % y));
      case Op::pow:
        return Element::of(int_power(a, b));
      case Op::bitwise_and:
        return Element::of(static_cast<T>(a & b));
      case Op::bitwise_or:
        return Element::of(static_cast<T>(a | b));
      case Op::bitwise_xor:
        return Element::of(static_cast<T>(a ^ b));
      case Op::bitwise_left_shift: {
        if (y < 0 || y >= bits) return Element::of(T(0));
        __int128 r = x;
        for (int i = 0; i < y; i++) r *= 2;  // below 2^127
        return Element::of(wrapped<T>(r));
      }
      case Op::bitwise_right_shift: {
        if (y < 0 || y >= bits) return Element::of(x < 0 ? static_cast<T>(-1) : T(0));
        return Element::of(static_cast<T>(x >> static_cast<int>(y)));
      }
      default:
        break;
    }
  } else if constexpr (std::is_same_v<T, bool>) {
    switch (op) {
      case Op::add:
      case Op::bitwise_or:
        return Element::of(a || b);
      case Op::multiply:
      case Op::bitwise_and:
        return Element::of(a && b);
      case Op::bitwise_xor:
        return Element::of(a != b);
      default:
        break;
    }
  }
  throw std::logic_error("reference: no such operation");
}

template <class R, class T>
R converted(T v) {
  if constexpr (is_cx<T> && is_cx<R>)
    return R(static_cast<typename R::value_type>(v.real()), static_cast<typename R::value_type>(v.imag()));
  else if constexpr (std::is_same_v<R, bool>)
    return truth(v);
  else if constexpr (is_cx<T>)
    return converted<R>(v.real());
  else if constexpr (is_cx<R>)
    return R(static_cast<typename R::value_type>(v), 0);
  else if constexpr (std::is_floating_point_v<T> && std::is_integral_v<R>) {
    // Through int32 below 32 bits, else int64; what does not fit becomes their smallest value (the x86 instructions).
    const long double w = v;
    if (std::is_same_v<R, std::uint64_t> && w >= 0x1p63L)
      return w < 0x1p64L ? static_cast<R>(static_cast<unsigned long long>(w)) : R(0);
    if (sizeof(R) < 4 || std::is_same_v<R, std::int32_t>)
      return static_cast<R>(w > -2147483649.0L && w < 2147483648.0L ? static_cast<std::int32_t>(w)
                                                                    : std::numeric_limits<std::int32_t>::min());
    return static_cast<R>(w >= -0x1p63L && w < 0x1p63L ? static_cast<std::int64_t>(w)
                                                       : std::numeric_limits<std::int64_t>::min());
  } else
    return static_cast<R>(v);
}

template <class T>
bool same_part(T a, T b) {
  return (nan(a) && nan(b)) || std::memcmp(&a, &b, sizeof a) == 0;
}
template <class T>
bool close_part(T a, T b, double ulps, T scale) {
  if (same_part(a, b) || a == b) return true;
  const T unit = std::max(std::fabs(scale) * std::numeric_limits<T>::epsilon(), std::numeric_limits<T>::denorm_min());
  return std::fabs(a - b) <= static_cast<T>(ulps) * unit;
}

}  // namespace

std::optional<long double> exact(Op op, long double a, long double b) {
  return info(op).arity == 1 ? wide_function(op, a) : wide_function(op, a, b);
}

Element apply(const Instruction& in, const Element& a, const Element& b, const Element& c) {
  if (in.op == Op::where) return a.as<bool>() ? b : c;
  return visit_dtype(in.type, [&]<class T>(T) -> Element {
    if (in.op == Op::cast) return visit_dtype(in.to, [&]<class R>(R) { return Element::of(converted<R>(a.as<T>())); });
    if (info(in.op).arity == 1) return unary(in.op, a.as<T>());
    return binary(in.op, a.as<T>(), b.as<T>());
  });
}

std::vector<Element> evaluate(const Program& p, const std::vector<Element>& inputs,
                              const std::vector<Element>& scalars) {
  std::vector<Element> v = inputs;
  v.insert(v.end(), scalars.begin(), scalars.end());
  for (const auto& in : p.code) v.push_back(apply(in, v[in.a], v[in.b], v[in.c]));
  std::vector<Element> out;
  for (auto o : p.outputs) out.push_back(v[o]);
  return out;
}

bool same(const Element& a, const Element& b) {
  if (a.type != b.type) return false;
  return visit_dtype(a.type, [&]<class T>(T) {
    const T x = a.as<T>(), y = b.as<T>();
    if constexpr (is_cx<T>)
      return same_part(x.real(), y.real()) && same_part(x.imag(), y.imag());
    else
      return same_part(x, y);
  });
}

bool close(const Element& a, const Element& b, double ulps, double least) {
  if (a.type != b.type) return false;
  return visit_dtype(a.type, [&]<class T>(T) {
    const T x = a.as<T>(), y = b.as<T>();
    if constexpr (is_cx<T>) {
      const auto scale = std::max(std::fabs(y.real()), std::fabs(y.imag()));
      return close_part(x.real(), y.real(), ulps, scale) && close_part(x.imag(), y.imag(), ulps, scale);
    } else if constexpr (std::is_floating_point_v<T>) {
      return close_part(x, y, ulps, std::max(std::fabs(y), static_cast<T>(least)));
    } else {
      return x == y;
    }
  });
}

std::string show(const Element& e) {
  return visit_dtype(e.type, [&]<class T>(T) {
    const T v = e.as<T>();
    if constexpr (is_cx<T>)
      return "(" + std::to_string(v.real()) + ", " + std::to_string(v.imag()) + ")";
    else if constexpr (std::is_floating_point_v<T>) {
      char text[64];
      std::snprintf(text, sizeof text, "%a", static_cast<double>(v));
      return std::string(text);
    } else
      return std::to_string(v);
  });
}

Element sample(DType t, std::uint64_t seed, std::uint64_t i) {
  // splitmix64, written out once more so that the tests depend on nothing.
  auto random = [&](std::uint64_t k) {
    std::uint64_t z = (seed * 1000003 + i * 8 + k) * 0x9e3779b97f4a7c15u + 0x1234567;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  };
  return visit_dtype(t, [&]<class T>(T) {
    auto real = [&]<class R>(R, std::uint64_t k) {
      const R special[] = {R(0),
                           R(-0.0),
                           R(1),
                           R(-1),
                           R(0.5),
                           R(3),
                           R(-7.25),
                           std::numeric_limits<R>::infinity(),
                           -std::numeric_limits<R>::infinity(),
                           std::numeric_limits<R>::quiet_NaN(),
                           std::numeric_limits<R>::max(),
                           std::numeric_limits<R>::denorm_min(),
                           R(100),
                           R(-300.5),
                           R(2147483648.0),
                           R(1e-20)};
      const std::uint64_t r = random(k);
      if (r % 4 == 0) return special[(r >> 8) % std::size(special)];
      return static_cast<R>((static_cast<double>(r >> 11) * 0x1p-53 - 0.5) * 20);
    };
    if constexpr (is_cx<T>)
      return Element::of(T(real(typename T::value_type{}, 0), real(typename T::value_type{}, 1)));
    else if constexpr (std::is_floating_point_v<T>)
      return Element::of(real(T{}, 0));
    else if constexpr (std::is_same_v<T, bool>)
      return Element::of(random(0) % 2 == 1);
    else {
      const T special[] = {
          T(0),  T(1), static_cast<T>(-1), std::numeric_limits<T>::max(), std::numeric_limits<T>::min(), T(2),
          T(63), T(64)};
      const std::uint64_t r = random(0);
      return Element::of(r % 3 == 0   ? special[(r >> 8) % std::size(special)]
                         : r % 3 == 1 ? static_cast<T>(r >> 16)
                                      : static_cast<T>((r >> 16) % 12));
    }
  });
}

Memory::Memory(DType t, const Dims& e, Layout layout) : type(t), extent(e) {
  const std::int64_t item = item_size(t);
  strides = Dims::filled(e.size(), 0);
  std::int64_t step = layout == Layout::gaps ? 3 * item : item, size = item;
  for (int i = 0; i < e.size(); i++) {
    const int a = layout == Layout::fortran ? i : e.size() - 1 - i;
    const bool repeated =
        (layout == Layout::broadcast_last && a == e.size() - 1) || (layout == Layout::broadcast_first && a == 0);
    if (repeated) continue;
    strides[a] = step;
    step *= std::max<std::int64_t>(e[a], 1);
  }
  size = std::max(step, item);
  if (layout == Layout::reversed)
    for (int a = 0; a < e.size(); a++) {
      origin += strides[a] * std::max<std::int64_t>(e[a] - 1, 0);
      strides[a] = -strides[a];
    }
  bytes.assign(static_cast<std::size_t>(size), 0x5a);
  before = bytes;
}
std::int64_t Memory::offset(const Dims& at) const {
  std::int64_t o = origin;
  for (int a = 0; a < at.size(); a++) o += at[a] * strides[a];
  return o;
}
Element Memory::get(const Dims& at) const {
  Element e;
  e.type = type;
  std::memcpy(e.bytes, bytes.data() + offset(at), static_cast<std::size_t>(item_size(type)));
  return e;
}
void Memory::set(const Dims& at, const Element& e) {
  std::memcpy(bytes.data() + offset(at), e.bytes, static_cast<std::size_t>(item_size(type)));
}
void Memory::fill(std::uint64_t seed) {
  std::uint64_t i = 0;
  for_each_index(extent, [&](const Dims& at) { set(at, sample(type, seed, i++)); });
  before = bytes;
}
bool Memory::gaps_untouched() const {
  std::vector<bool> mine(bytes.size(), false);
  for_each_index(extent, [&](const Dims& at) {
    for (std::int64_t k = 0; k < item_size(type); k++) mine[static_cast<std::size_t>(offset(at) + k)] = true;
  });
  for (std::size_t i = 0; i < bytes.size(); i++)
    if (!mine[i] && bytes[i] != before[i]) return false;
  return true;
}

void for_each_target(const std::function<void(Target)>& f) {
  struct Restore {
    Target target = cpu::target();
    MathFamily family = math_family();
    ~Restore() {
      set_target(target);
      set_math_family(family);
    }
  } const restore;
  for (const Target t : supported_targets()) {
    set_target(t);
    f(t);
  }
}

}  // namespace tessera::cpu::reference
