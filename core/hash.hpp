#pragma once
// A 64-bit structural hash: the same on every rank and in every run (no addresses, no seeds). Equal values have equal
// hashes; whether values are equal where their hashes are, is for whoever uses them to compare (key.hpp).
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include <tessera/core/export.hpp>

namespace tessera {

/// For tests: the bits that hashes keep. With 0 every hash collides with every other.
TESSERA_API extern std::uint64_t hash_bits;

class Hash {
 public:
  template <class T>
  requires(std::is_integral_v<T> || std::is_enum_v<T>) Hash& add(T v) { return mix(static_cast<std::uint64_t>(v)); }
  Hash& add(double v) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &v, sizeof v);
    return mix(bits);
  }
  Hash& add(std::string_view s) { return add_bytes(s.data(), s.size()); }
  Hash& add_bytes(const void* p, std::size_t n) {
    const auto* bytes = static_cast<const unsigned char*>(p);
    for (std::size_t i = 0; i < n; i += sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes + i, n - i < sizeof word ? n - i : sizeof word);
      mix(word);
    }
    return mix(n);
  }
  std::uint64_t value() const { return state_ & hash_bits; }

 private:
  // The finalizer of splitmix64 (Steele, Lea, Flood 2014) over a running state.
  Hash& mix(std::uint64_t v) {
    std::uint64_t z = state_ * 0x9e3779b97f4a7c15u + v + 0x632be59bd9b4e019u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    state_ = z ^ (z >> 31);
    return *this;
  }
  std::uint64_t state_ = 0x243f6a8885a308d3u;
};

}  // namespace tessera
