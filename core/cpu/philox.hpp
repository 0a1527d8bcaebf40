#pragma once
// Philox4x32-10 for one counter: what rejection methods draw from after their first, vectorised attempt.
#include <array>
#include <cstdint>

#include <tessera/core/cpu/random.hpp>

namespace tessera::cpu {

using PhiloxWords = std::array<std::uint32_t, 4>;

constexpr PhiloxWords philox(RandomKey key, std::uint64_t counter) {
  PhiloxWords w{static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32),
                static_cast<std::uint32_t>(key.stream), static_cast<std::uint32_t>(key.stream >> 32)};
  auto k0 = static_cast<std::uint32_t>(key.seed), k1 = static_cast<std::uint32_t>(key.seed >> 32);
  for (int round = 0; round < 10; round++) {
    const std::uint64_t a = 0xD2511F53ull * w[0], b = 0xCD9E8D57ull * w[2];
    w = {static_cast<std::uint32_t>(b >> 32) ^ w[1] ^ k0, static_cast<std::uint32_t>(b),
         static_cast<std::uint32_t>(a >> 32) ^ w[3] ^ k1, static_cast<std::uint32_t>(a)};
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return w;
}

constexpr std::uint64_t low_word(const PhiloxWords& w) { return w[0] | std::uint64_t{w[1]} << 32; }
constexpr std::uint64_t high_word(const PhiloxWords& w) { return w[2] | std::uint64_t{w[3]} << 32; }
/// The top 53 bits as a number in [0, 1).
constexpr double to_unit(std::uint64_t word) { return static_cast<double>(word >> 11) * 0x1p-53; }

/// The key of an element's attempt; the first is the stream itself.
constexpr RandomKey attempt_key(RandomKey key, std::uint64_t attempt) { return sub_stream(key, attempt); }

}  // namespace tessera::cpu
