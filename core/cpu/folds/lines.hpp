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

inline void put(std::byte* to, const void* from, std::int64_t bytes) { std::memcpy(to, from, bytes); }

}  // namespace tessera::cpu
