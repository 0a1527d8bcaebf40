#pragma once
// What the files of the reference share: kinds of elements, and the operations by their number of operands.
#include <cmath>
#include <complex>
#include <stdexcept>
#include <type_traits>

#include "reference.hpp"

namespace tessera::cpu::reference {

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
bool infinite(T v) {
  if constexpr (is_cx<T>)
    return std::isinf(v.real()) || std::isinf(v.imag());
  else if constexpr (std::is_floating_point_v<T>)
    return std::isinf(v);
  else
    return false;
}

/// Smith's algorithm, as NumPy writes it.
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

Element unary(Op op, const Element& a);
Element binary(Op op, const Element& a, const Element& b);
Element complex_unary(Op op, std::complex<float> a);
Element complex_unary(Op op, std::complex<double> a);
Element complex_power(std::complex<float> a, std::complex<float> b);
Element complex_power(std::complex<double> a, std::complex<double> b);
/// To the dtype `to`, as C++ casts; floats out of an integer's range as x86 does.
Element cast(const Element& a, DType to);

}  // namespace tessera::cpu::reference
