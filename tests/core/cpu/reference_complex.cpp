// Functions of one complex number, from complex long double.
#include <cmath>
#include <numbers>

#include "reference_parts.hpp"

namespace tessera::cpu::reference {
using W = std::complex<long double>;

std::optional<W> exact_complex(Op op, W w, W b) {
  switch (op) {
    case Op::pow:
      return b == W(0) ? W(1) : std::pow(w, b);
    case Op::sqrt:
      return std::sqrt(w);
    case Op::exp:
      return std::exp(w);
    case Op::exp2:
      return std::exp(w * std::numbers::ln2_v<long double>);
    case Op::expm1: {
      const long double half = std::sin(w.imag() / 2);
      return std::isfinite(w.real()) ? W(expm1l(w.real()) * cosl(w.imag()) - 2 * half * half, std::exp(w).imag())
                                     : std::exp(w) - W(1);
    }
    case Op::log:
      return std::log(w);
    case Op::log2:
      return std::log(w) / std::numbers::ln2_v<long double>;
    case Op::log10:
      return std::log(w) / std::numbers::ln10_v<long double>;
    case Op::log1p:
      return std::abs(w) < 0.1L
                 ? W(log1pl(w.real() * (2 + w.real()) + w.imag() * w.imag()) / 2, atan2l(w.imag(), 1 + w.real()))
                 : std::log(W(w.real() + 1, w.imag()));
    case Op::sin:
      return std::sin(w);
    case Op::cos:
      return std::cos(w);
    case Op::tan:
      return std::tan(w);
    case Op::asin:
      return std::asin(w);
    case Op::acos:
      return std::acos(w);
    case Op::atan:
      return std::atan(w);
    case Op::sinh:
      return std::sinh(w);
    case Op::cosh:
      return std::cosh(w);
    case Op::tanh:
      return std::tanh(w);
    case Op::asinh:
      return std::asinh(w);
    case Op::acosh:
      return std::acosh(w);
    case Op::atanh:
      return std::atanh(w);
    case Op::sinc: {
      const long double n = nearbyintl(w.real()), pi = std::numbers::pi_v<long double>;
      const W sine = std::sin(pi * W(w.real() - n, w.imag()));
      return w == W(0) ? W(1) : (fmodl(n, 2) == 0 ? sine : -sine) / (pi * w);
    }
    default:
      return {};
  }
}

namespace {

template <class T>
Element narrowed(W v) {
  using R = typename T::value_type;
  return Element::of(T(static_cast<R>(v.real()), static_cast<R>(v.imag())));
}

template <class T>
Element function_of(Op op, T a) {
  const W w(a);
  if (const auto exact = exact_complex(op, w, {})) return narrowed<T>(*exact);
  switch (op) {
    case Op::conj:
      return Element::of(T(a.real(), -a.imag()));
    case Op::positive:
      return Element::of(a);
    case Op::rint:
      return Element::of(T(std::nearbyint(a.real()), std::nearbyint(a.imag())));
    case Op::reciprocal:
      return Element::of(complex_quotient(T(1), a));
    case Op::sign: {
      if (nan(a)) return narrowed<T>(W(NAN, NAN));
      const long double r = std::hypot(w.real(), w.imag());
      if (std::isinf(r))
        return narrowed<T>(std::isinf(w.real()) && std::isinf(w.imag()) ? W(NAN, NAN)
                           : std::isinf(w.real())                       ? W(std::copysign(1.0L, w.real()), 0)
                                                                        : W(0, std::copysign(1.0L, w.imag())));
      return narrowed<T>(r == 0 ? W(0) : W(w.real() / r, w.imag() / r));
    }
    default:
      throw std::logic_error("reference: no such operation");
  }
}

}  // namespace

Element complex_unary(Op op, std::complex<float> a) { return function_of(op, a); }
Element complex_unary(Op op, std::complex<double> a) { return function_of(op, a); }
Element complex_power(std::complex<float> a, std::complex<float> b) {
  return narrowed<std::complex<float>>(*exact_complex(Op::pow, W(a), W(b)));
}
Element complex_power(std::complex<double> a, std::complex<double> b) {
  return narrowed<std::complex<double>>(*exact_complex(Op::pow, W(a), W(b)));
}

}  // namespace tessera::cpu::reference
