// Philox4x32-10 against the published vectors, and the streams against a scalar copy of the paper's description.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <vector>

#include <tessera/core/cpu/random.hpp>

#include "reference.hpp"

namespace tessera::cpu {
namespace {

using Words = std::array<std::uint32_t, 4>;

Words plain_philox(Words c, std::uint32_t k0, std::uint32_t k1) {
  for (int round = 0; round < 10; round++) {
    const std::uint64_t a = 0xD2511F53ull * c[0], b = 0xCD9E8D57ull * c[2];
    c = {static_cast<std::uint32_t>(b >> 32) ^ c[1] ^ k0, static_cast<std::uint32_t>(b),
         static_cast<std::uint32_t>(a >> 32) ^ c[3] ^ k1, static_cast<std::uint32_t>(a)};
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return c;
}
Words words_of(RandomKey key, std::uint64_t counter) {
  return plain_philox({static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32),
                       static_cast<std::uint32_t>(key.stream), static_cast<std::uint32_t>(key.stream >> 32)},
                      static_cast<std::uint32_t>(key.seed), static_cast<std::uint32_t>(key.seed >> 32));
}
double uniform64(RandomKey key, std::uint64_t i) {
  const Words w = words_of(key, i / 2);
  const std::uint64_t low = w[i % 2 * 2], high = w[i % 2 * 2 + 1];
  return static_cast<double>((low | high << 32) >> 11) * 0x1p-53;
}
float uniform32(RandomKey key, std::uint64_t i) {
  return static_cast<float>(words_of(key, i / 4)[i % 4] >> 8) * 0x1p-24f;
}

TEST(Philox, PublishedVectors) {
  EXPECT_EQ(plain_philox({0, 0, 0, 0}, 0, 0), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(plain_philox({~0u, ~0u, ~0u, ~0u}, ~0u, ~0u), (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(plain_philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xa4093822, 0x299f31d0),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

const RandomKey keys[] = {{0, 0}, {~0ull, ~0ull}, {0x299f31d0a4093822, 0x0370734413198a2e}, {42, 7}};
const std::uint64_t firsts[] = {0, 1, 2, 3, 5, 1000003, (1ull << 33) - 3, (1ull << 63) - 5};

TEST(Uniform, EveryElementDependsOnKeyAndIndexAlone) {
  reference::for_each_target([](Target) {
    for (const auto& key : keys)
      for (const auto first : firsts)
        for (const std::int64_t count : {0, 1, 2, 3, 4, 5, 15, 16, 17, 63, 100, 1025}) {
          std::vector<double> d(static_cast<std::size_t>(count) + 1, -1);
          std::vector<float> f(static_cast<std::size_t>(count) + 1, -1);
          uniform(DType::float64, key, first, count, d.data());
          uniform(DType::float32, key, first, count, f.data());
          for (std::int64_t i = 0; i < count; i++) {
            const auto k = static_cast<std::size_t>(i);
            ASSERT_EQ(d[k], uniform64(key, first + k))
                << to_string(target()) << " first " << first << " count " << count << " at " << i;
            ASSERT_EQ(f[k], uniform32(key, first + k))
                << to_string(target()) << " first " << first << " count " << count << " at " << i;
          }
          ASSERT_EQ(d.back(), -1);
          ASSERT_EQ(f.back(), -1);
        }
  });
}

TEST(Normal, IsBoxMullerOfThePairOfUniforms) {
  reference::for_each_target([](Target) {
    for (const auto first : firsts)
      for (const std::int64_t count : {1, 2, 3, 7, 33, 2000}) {
        std::vector<double> d(static_cast<std::size_t>(count));
        std::vector<float> f(static_cast<std::size_t>(count));
        normal(DType::float64, {42, 7}, first, count, d.data());
        normal(DType::float32, {42, 7}, first, count, f.data());
        for (std::size_t k = 0; k < d.size(); k++) {
          const std::uint64_t i = first + k, pair = i / 2 * 2;
          const double pi = std::acos(-1.0);
          const double u = uniform64({42, 7}, pair), v = uniform64({42, 7}, pair + 1),
                       r = std::sqrt(-2 * std::log(1 - u));
          ASSERT_NEAR(d[k], r * (i % 2 ? std::sin(2 * pi * v) : std::cos(2 * pi * v)), 1e-13);
          const double u32 = uniform32({42, 7}, pair), v32 = uniform32({42, 7}, pair + 1),
                       r32 = std::sqrt(-2 * std::log(1 - u32));
          ASSERT_NEAR(f[k], r32 * (i % 2 ? std::sin(2 * pi * v32) : std::cos(2 * pi * v32)), 2e-6);
        }
      }
  });
}

TEST(Normal, HasTheSameBitsOnEveryTargetAndHoweverItIsCut) {
  for (const MathFamily f : {MathFamily::no_fma, MathFamily::fma}) {
    if (f == MathFamily::fma && !supports_fma()) continue;
    std::vector<double> expected;
    std::vector<float> expected32;
    reference::for_each_target([&](Target t) {
      set_math_family(f);
      std::vector<double> d(3001);
      std::vector<float> e(3001);
      for (std::int64_t at = 0, step = 1; at < 3001;
           at += step, step = std::min<std::int64_t>(step * 3 % 701 + 1, 3001 - at)) {
        normal(DType::float64, {1, 2}, static_cast<std::uint64_t>(at), std::min<std::int64_t>(step, 3001 - at),
               d.data() + at);
        normal(DType::float32, {1, 2}, static_cast<std::uint64_t>(at), std::min<std::int64_t>(step, 3001 - at),
               e.data() + at);
      }
      if (expected.empty()) expected = d, expected32 = e;
      EXPECT_EQ(std::memcmp(d.data(), expected.data(), d.size() * 8), 0) << to_string(t);
      EXPECT_EQ(std::memcmp(e.data(), expected32.data(), e.size() * 4), 0) << to_string(t);
    });
  }
}

TEST(Arange, StartsAnywhere) {
  std::vector<double> d(5);
  arange(DType::float64, 0.5, 0.1, 3, 5, d.data());
  for (int i = 0; i < 5; i++) EXPECT_EQ(d[static_cast<std::size_t>(i)], 0.5 + (3 + i) * 0.1);
  std::vector<std::int16_t> s(4);
  arange(DType::int16, std::int64_t{10}, std::int64_t{-3}, 2, 4, s.data());
  EXPECT_EQ(s, (std::vector<std::int16_t>{4, 1, -2, -5}));
  std::vector<std::complex<float>> c(2);
  arange(DType::complex64, 1.0, 2.0, 0, 2, c.data());
  EXPECT_EQ(c[1], std::complex<float>(3, 0));
}

}  // namespace
}  // namespace tessera::cpu
