#pragma once
// Sizes in bytes as they are spoken: `using namespace tessera::literals; SessionOptions{.memory = 4_GiB}`.
#include <cstdint>
#include <stdexcept>

namespace tessera::literals {

/// A size that does not fit 64 bits does not compile.
consteval std::int64_t operator""_KiB(unsigned long long n) {
  if (n > (~0ULL >> 1) >> 10) throw std::out_of_range("more than 2^63 - 1 bytes");
  return static_cast<std::int64_t>(n << 10);
}
consteval std::int64_t operator""_MiB(unsigned long long n) {
  if (n > (~0ULL >> 1) >> 20) throw std::out_of_range("more than 2^63 - 1 bytes");
  return static_cast<std::int64_t>(n << 20);
}
consteval std::int64_t operator""_GiB(unsigned long long n) {
  if (n > (~0ULL >> 1) >> 30) throw std::out_of_range("more than 2^63 - 1 bytes");
  return static_cast<std::int64_t>(n << 30);
}

}  // namespace tessera::literals
