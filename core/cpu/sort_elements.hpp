#pragma once
// Sorts elements whose equals are alike, in place and with vectors: stable, because nobody can tell. Of floats zeros and
// NaNs are not alike where there are negative zeros, and payloads: those are set aside in their order first.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>

#include <tessera/core/cpu/vector_sort.hpp>

namespace tessera::cpu {

/// 256 kinds of elements are counted.
template <class T>
void sort_bytes(T* x, std::int64_t n, bool descending) {
  static_assert(sizeof(T) == 1);
  constexpr int least = std::is_signed_v<T> ? -128 : 0;
  std::array<std::int64_t, 256> counts{};
  for (std::int64_t i = 0; i < n; i++) counts[static_cast<std::size_t>(static_cast<int>(x[i]) - least)]++;
  for (int k = 0; k < 256; k++) {
    const int value = descending ? 255 - k : k;
    const std::int64_t count = counts[static_cast<std::size_t>(value)];
    if (count > 0) std::memset(x, value + least, static_cast<std::size_t>(count));
    x += count;
  }
}

/// Signed integers in the order of the floats, and back: -0 is -1, NaNs are beyond the infinities.
template <class K>
K turned(K bits) {
  return static_cast<K>(bits ^ ((bits >> (8 * sizeof(K) - 1)) & std::numeric_limits<K>::max()));
}

/// scratch: room for n. (Highway 1.0 loses infinities among floats, so they are sorted as integers.)
template <class F>
void sort_floats(F* x, F* scratch, std::int64_t n, bool descending) {
  using K = std::conditional_t<sizeof(F) == 4, std::int32_t, std::int64_t>;
  constexpr K infinity = std::bit_cast<K>(std::numeric_limits<F>::infinity());
  const auto is_nan = [](K k) { return (k > infinity) | (k < static_cast<K>(~infinity)); };
  auto *keys = reinterpret_cast<K*>(x), *aside = reinterpret_cast<K*>(scratch);
  bool others = false;  // whether there are equals that are not alike
  for (std::int64_t i = 0; i < n; i++) {
    const K k = turned(std::bit_cast<K>(x[i]));
    keys[i] = k;
    others |= (k == -1) | is_nan(k);
  }
  std::int64_t kept = n, zeros = 0, nans = 0;
  if (others) {
    kept = 0;
    for (std::int64_t i = 0; i < n; i++) {
      const K k = keys[i];
      if (is_nan(k))
        aside[nans++] = k;
      else if (k == 0 || k == -1)
        aside[n - ++zeros] = k;  // the last one first
      else
        keys[kept++] = k;
    }
  }
  vector_sort(keys, kept, descending);
  if (others) {
    const auto before = [&](K k) { return descending ? k > 0 : k < 0; };
    const std::int64_t at = std::partition_point(keys, keys + kept, before) - keys, first = descending ? nans : 0;
    std::copy_backward(keys + at, keys + kept, keys + first + kept + zeros);
    std::copy_backward(keys, keys + at, keys + first + at);
    std::reverse_copy(aside + n - zeros, aside + n, keys + first + at);
    std::copy_n(aside, nans, descending ? keys : keys + kept + zeros);
  }
  for (std::int64_t i = 0; i < n; i++) x[i] = std::bit_cast<F>(turned(keys[i]));
}

}  // namespace tessera::cpu
