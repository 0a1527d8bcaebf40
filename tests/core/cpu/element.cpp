#include "element.hpp"

#include <cmath>
#include <complex>
#include <cstdio>
#include <limits>

#include "reference_parts.hpp"

namespace tessera::cpu::reference {
namespace {

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

}  // namespace tessera::cpu::reference
