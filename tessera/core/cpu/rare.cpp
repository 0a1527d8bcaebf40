#include <tessera/core/cpu/rare.hpp>

#include <cmath>
#include <complex>
#include <concepts>
#include <limits>

namespace tessera::cpu {
namespace {

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

template <class T>
std::complex<T> times(std::complex<T> a, std::complex<T> b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}
// Smith's algorithm, as NumPy writes it.
template <class T>
std::complex<T> quotient(std::complex<T> a, std::complex<T> b) {
  const T x = std::fabs(b.real()), y = std::fabs(b.imag());
  if (x >= y) {
    if (x == 0 && y == 0) return {a.real() / x, a.imag() / x};
    const T ratio = b.imag() / b.real(), scale = T(1) / (b.real() + b.imag() * ratio);
    return {(a.real() + a.imag() * ratio) * scale, (a.imag() - a.real() * ratio) * scale};
  }
  const T ratio = b.real() / b.imag(), scale = T(1) / (b.imag() + b.real() * ratio);
  return {(a.real() * ratio + a.imag()) * scale, (a.imag() * ratio - a.real()) * scale};
}
// NumPy's npy_cpow: small whole exponents by multiplication.
template <class T>
std::complex<T> power(std::complex<T> a, std::complex<T> b) {
  if (b == T(0)) return T(1);
  if (a == T(0)) {
    const T nan = std::numeric_limits<T>::quiet_NaN();
    return b.real() > 0 && b.imag() == 0 ? std::complex<T>(0) : std::complex<T>(nan, nan);
  }
  if (b.imag() == 0 && std::fabs(b.real()) < 100 && std::trunc(b.real()) == b.real()) {
    const int n = static_cast<int>(b.real());
    if (n == 1) return a;
    if (n == 2) return times(a, a);
    if (n == 3) return times(a, times(a, a));
    std::complex<T> result = T(1), p = a;
    for (int e = n < 0 ? -n : n; e; e >>= 1) {
      if (e & 1) result = times(result, p);
      if (e > 1) p = times(p, p);
    }
    return n < 0 ? quotient(std::complex<T>(1), result) : result;
  }
  return std::pow(a, b);
}

template <class T, auto f>
void block1(void* d, const void* a, const void*, std::int64_t n) {
  for (std::int64_t i = 0; i < n; i++) static_cast<T*>(d)[i] = f(static_cast<const T*>(a)[i]);
}
template <class T, auto f>
void block2(void* d, const void* a, const void* b, std::int64_t n) {
  for (std::int64_t i = 0; i < n; i++)
    static_cast<T*>(d)[i] = f(static_cast<const T*>(a)[i], static_cast<const T*>(b)[i]);
}
template <class F>
AnyFunction any(F* f) {
  return reinterpret_cast<AnyFunction>(f);
}

template <class C>
AnyFunction find_complex(Op op) {
  switch (op) {
    case Op::divide:
      return any(&block2<C, [](C a, C b) { return quotient(a, b); }>);
    case Op::sqrt:
      return any(&block1<C, [](C z) { return std::sqrt(z); }>);
    case Op::exp:
      return any(&block1<C, [](C z) { return std::exp(z); }>);
    case Op::log:
      return any(&block1<C, [](C z) { return std::log(z); }>);
    case Op::sin:
      return any(&block1<C, [](C z) { return std::sin(z); }>);
    case Op::cos:
      return any(&block1<C, [](C z) { return std::cos(z); }>);
    case Op::tanh:
      return any(&block1<C, [](C z) { return std::tanh(z); }>);
    case Op::pow:
      return any(&block2<C, [](C a, C b) { return power(a, b); }>);
    default:
      return nullptr;
  }
}
template <class T>
AnyFunction find_division(Op op) {
  switch (op) {
    case Op::floor_divide:
      return any(&block2<T, [](T a, T b) { return floor_divide(a, b); }>);
    case Op::remainder:
      return any(&block2<T, [](T a, T b) { return remainder(a, b); }>);
    case Op::pow:
      if constexpr (std::integral<T>) return any(&block2<T, [](T a, T b) { return power(a, b); }>);
      return nullptr;
    default:
      return nullptr;
  }
}

}  // namespace

AnyFunction find_rare(Op op, DType type) {
  return visit_dtype(type, [&]<class T>(T) -> AnyFunction {
    if constexpr (std::same_as<T, bool>)
      return nullptr;
    else if constexpr (std::is_arithmetic_v<T>)
      return find_division<T>(op);
    else
      return find_complex<T>(op);
  });
}

}  // namespace tessera::cpu
