#pragma once
// Which stream of random numbers: Philox's key, the same on every device.
#include <cstdint>

namespace tessera {

struct RandomKey {
  std::uint64_t seed = 0, stream = 0;
  bool operator==(const RandomKey&) const = default;
};

/// Stream number `part` of a stream, which is its number 0: none of them meets the numbers of another. Mixed as in
/// SplitMix64 (Steele, Lea, Flood 2014). An element's attempts have the numbers below 2^32 (cpu/philox.hpp); a law that
/// is made of several draws takes multiples of it.
constexpr RandomKey sub_stream(RandomKey key, std::uint64_t part) {
  if (part == 0) return key;
  std::uint64_t z = key.stream + part * 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return {key.seed, z ^ (z >> 31)};
}
/// The key of draw number k of a law that draws several numbers for an element.
constexpr RandomKey draw_key(RandomKey key, std::uint64_t k) { return sub_stream(key, k << 32); }

}  // namespace tessera
