#pragma once
// What the folds of leaves keep their states in.
#include <cstdint>
#include <cstring>
#include <vector>

#include <tessera/core/cpu/leaf_fold.hpp>

namespace tessera::cpu {

/// Memory on a cache line's edge that grows and stays.
class Lines {
 public:
  template <class T>
  T* take(std::int64_t n) {
    const auto bytes = static_cast<std::size_t>(n) * sizeof(T) + 64;
    if (memory_.size() < bytes) memory_.resize(bytes);
    return reinterpret_cast<T*>((reinterpret_cast<std::uintptr_t>(memory_.data()) + 63) / 64 * 64);
  }

 private:
  std::vector<std::byte> memory_;
};

using CombineStates = decltype(Machine::combine(Combiner{}, DType{}));

/// Folds turned rows, 2 to 64 lines of n elements (`bytes` a line), by halves into the first line of `into`, which has
/// room for 32 lines and may be the elements themselves.
inline void fold_lanes(CombineStates combine, std::int64_t bytes, std::int64_t n, std::int64_t lines,
                       const std::byte* elements, std::byte* into) {
  std::int64_t half = lanes / 2;
  while (half >= lines) half /= 2;
  if (into != elements) std::memcpy(into, elements, static_cast<std::size_t>(half * bytes));
  for (combine((lines - half) * n, into, elements + half * bytes); half > 1; half /= 2)
    combine(half / 2 * n, into, into + half / 2 * bytes);
}

inline void put(std::byte* to, const void* from, std::int64_t bytes) { std::memcpy(to, from, bytes); }

}  // namespace tessera::cpu
