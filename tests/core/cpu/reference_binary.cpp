// Operations of two operands.
#include <algorithm>
#include <cmath>

#include "reference_parts.hpp"

namespace tessera::cpu::reference {
namespace {

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
        return complex_power(a, b);
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
    if (const auto wide = exact(op, a, b)) return Element::of(static_cast<T>(*wide));
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

}  // namespace

Element binary(Op op, const Element& a, const Element& b) {
  return visit_dtype(a.type, [&]<class T>(T) { return binary(op, a.as<T>(), b.as<T>()); });
}

}  // namespace tessera::cpu::reference
