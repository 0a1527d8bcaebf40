#pragma once
// Unsigned integers in the order of the elements: -inf < ... < -0 < 0 < ... < inf < NaN, whatever its sign and payload.
#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace tessera {

template <std::size_t bytes>
struct UnsignedOf;
template <>
struct UnsignedOf<1> {
  using type = std::uint8_t;
};
template <>
struct UnsignedOf<2> {
  using type = std::uint16_t;
};
template <>
struct UnsignedOf<4> {
  using type = std::uint32_t;
};
template <>
struct UnsignedOf<8> {
  using type = std::uint64_t;
};
template <class T>
using SortKey = typename UnsignedOf<sizeof(T)>::type;

/// The key of every NaN; of integers that of the largest.
template <class T>
inline constexpr SortKey<T> last_key = std::numeric_limits<SortKey<T>>::max();

template <class T>
constexpr SortKey<T> sort_key(T x) {
  using K = SortKey<T>;
  constexpr K sign = static_cast<K>(K{1} << (8 * sizeof(K) - 1));
  if constexpr (std::is_same_v<T, bool>) {
    return x ? 1 : 0;
  } else if constexpr (std::is_floating_point_v<T>) {
    const K bits = std::bit_cast<K>(x);
    // All bits of what is negative, the sign of what is not.
    const K flip = static_cast<K>(K{0} - (bits >> (8 * sizeof(K) - 1))) | sign;
    return x != x ? last_key<T> : static_cast<K>(bits ^ flip);
  } else if constexpr (std::is_signed_v<T>) {
    return static_cast<K>(static_cast<K>(x) ^ sign);
  } else {
    return x;
  }
}

template <class T>
constexpr T element_of_key(SortKey<T> key) {
  using K = SortKey<T>;
  constexpr K sign = static_cast<K>(K{1} << (8 * sizeof(K) - 1));
  if constexpr (std::is_same_v<T, bool>) {
    return key != 0;
  } else if constexpr (std::is_floating_point_v<T>) {
    if (key == last_key<T>) return std::numeric_limits<T>::quiet_NaN();
    return std::bit_cast<T>(static_cast<K>(key & sign ? key ^ sign : static_cast<K>(~key)));
  } else if constexpr (std::is_signed_v<T>) {
    return static_cast<T>(static_cast<K>(key ^ sign));
  } else {
    return key;
  }
}

}  // namespace tessera
