#pragma once
// A 64-bit structural hash: the same on every rank and in every run (no addresses, no seeds).
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace tessera {

class Hash {
 public:
  template <class T>
  requires(std::is_integral_v<T> || std::is_enum_v<T>) Hash& add(T v) { return mix(static_cast<std::uint64_t>(v)); }
  Hash& add(double v) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &v, sizeof v);
    return mix(bits);
  }
  Hash& add(std::string_view s) {
    for (char c : s) mix(static_cast<unsigned char>(c));
    return mix(s.size());
  }
  Hash& add_bytes(const void* p, std::size_t n) { return add(std::string_view(static_cast<const char*>(p), n)); }
  std::uint64_t value() const { return state_; }

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
