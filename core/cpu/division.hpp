#pragma once
// Division and powers of single numbers for rare.cpp, with NumPy's results where C has none or another.
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <type_traits>

namespace tessera::cpu {

template <class T>
using Unsigned = std::make_unsigned_t<T>;

// NumPy's npy_divmod: the remainder has the divisor's sign, the quotient is the floor.
template <std::floating_point T>
T remainder(T a, T b) {
  T mod = std::fmod(a, b);
  if (b == 0) return mod;
  if (mod != 0) {
    if ((b < 0) != (mod < 0)) mod += b;
  } else {
    mod = std::copysign(T(0), b);
  }
  return mod;
}
/// C's: the remainder has the dividend's sign.
template <std::floating_point T>
T fmod(T a, T b) {
  return std::fmod(a, b);
}
template <std::integral T>
T fmod(T a, T b) {
  if (b == 0) return 0;
  if constexpr (std::is_signed_v<T>) {
    if (b == -1) return 0;
  }
  return static_cast<T>(a % b);
}
template <std::floating_point T>
T floor_divide(T a, T b) {
  if (b == 0) return a / b;
  const T mod = std::fmod(a, b);
  T div = (a - mod) / b;
  if (mod != 0 && (b < 0) != (mod < 0)) div -= T(1);
  if (div == 0) return std::copysign(T(0), a / b);
  T floored = std::floor(div);
  if (div - floored > T(0.5)) floored += T(1);
  return floored;
}
// Division by zero gives 0, as NumPy's; the smallest integer over -1 wraps.
template <std::integral T>
T floor_divide(T a, T b) {
  if (b == 0) return 0;
  if constexpr (std::is_signed_v<T>) {
    if (b == -1) return static_cast<T>(Unsigned<T>(0) - static_cast<Unsigned<T>>(a));
    const T q = static_cast<T>(a / b);
    return static_cast<T>(q - ((a % b != 0) && ((a < 0) != (b < 0))));
  } else {
    return static_cast<T>(a / b);
  }
}
template <std::integral T>
T remainder(T a, T b) {
  if (b == 0) return 0;
  if constexpr (std::is_signed_v<T>) {
    if (b == -1) return 0;
    const T mod = static_cast<T>(a % b);
    return mod != 0 && ((mod < 0) != (b < 0)) ? static_cast<T>(mod + b) : mod;
  } else {
    return static_cast<T>(a % b);
  }
}
// By squaring; a negative exponent gives the truncated reciprocal: 0 unless the base is 1 or -1.
template <std::integral T>
T power(T a, T n) {
  if constexpr (std::is_signed_v<T>) {
    if (n < 0) return a == 1 ? T(1) : a == -1 ? (n & 1 ? T(-1) : T(1)) : T(0);
  }
  std::uint64_t base = static_cast<std::uint64_t>(a), result = 1;
  for (auto e = static_cast<std::uint64_t>(n); e; e >>= 1) {
    if (e & 1) result *= base;
    base *= base;
  }
  return static_cast<T>(result);
}

/// `b` is a whole number; beyond these bounds every number over- or underflows.
template <std::floating_point T>
T ldexp(T a, T b) {
  return std::ldexp(a, static_cast<int>(std::clamp(b, T(-10000), T(10000))));
}

}  // namespace tessera::cpu
