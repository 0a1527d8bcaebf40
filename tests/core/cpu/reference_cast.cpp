#include <limits>

#include "reference_parts.hpp"

namespace tessera::cpu::reference {
namespace {

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

}  // namespace

Element cast(const Element& a, DType to) {
  return visit_dtype(a.type, [&]<class T>(T) {
    return visit_dtype(to, [&]<class R>(R) { return Element::of(converted<R>(a.as<T>())); });
  });
}

}  // namespace tessera::cpu::reference
