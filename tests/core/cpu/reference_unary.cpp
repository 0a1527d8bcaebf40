// Operations of one operand.
#include <cmath>
#include <limits>

#include "reference_parts.hpp"

namespace tessera::cpu::reference {
namespace {

template <class T>
Element real_unary(Op op, T a) {
  if (const auto wide = exact(op, a, a)) return Element::of(static_cast<T>(*wide));
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

}  // namespace

Element unary(Op op, const Element& a) {
  return visit_dtype(a.type, [&]<class T>(T) { return unary(op, a.as<T>()); });
}

}  // namespace tessera::cpu::reference
