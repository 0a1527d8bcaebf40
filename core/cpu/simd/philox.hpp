// Philox4x32-10, a counter in each 64-bit lane. The four words of a lane live in the low halves of four registers; the
// high halves hold garbage that nothing reads (multiplications take low halves, the last step masks).

using U64 = Vec<std::uint64_t>;

struct Philox {
  U64 w0, w1, w2, w3;
};

inline U64 lane_numbers() {
  U64 v;
  for (unsigned k = 0; k < width / 8; k++) v[k] = k;
  return v;
}

inline Philox philox(U64 counter, std::uint64_t seed, std::uint64_t stream_key) {
  Philox w{counter, counter >> 32, U64{} + stream_key, U64{} + (stream_key >> 32)};
  const U64 m0 = U64{} + 0xD2511F53u, m1 = U64{} + 0xCD9E8D57u;
  std::uint32_t k0 = static_cast<std::uint32_t>(seed), k1 = static_cast<std::uint32_t>(seed >> 32);
#pragma GCC unroll 10
  for (int round = 0; round < 10; round++) {
    const U64 p0 = multiply_low_halves(w.w0, m0), p1 = multiply_low_halves(w.w2, m1);
    w = {(p1 >> 32) ^ w.w1 ^ (U64{} + k0), p1, (p0 >> 32) ^ w.w3 ^ (U64{} + k1), p0};
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return w;
}

/// An integer below 2^53 as a double, exactly.
inline F64 to_double(U64 v) {
#if TESSERA_WIDTH == 64
  return (F64)_mm512_cvtepu64_pd((__m512i)v);
#else
  const F64 high = (F64)((v >> 32) | 0x4530000000000000u), low = (F64)((v & 0xffffffffu) | 0x4330000000000000u);
  return (high - 0x1.00000001p84) + low;
#endif
}

/// Element 2c of the stream is words 0, 1 of counter c, element 2c + 1 is words 2, 3: u64 = low | high << 32, its top
/// 53 bits.
inline void uniform64(std::uint64_t seed, std::uint64_t key, std::uint64_t counter, std::int64_t calls, double* out) {
  constexpr int n = width / 8;
  U64 c = lane_numbers() + counter;
  for (std::int64_t i = 0; i < calls; i += n, c += n) {
    const Philox w = philox(c, seed, key);
    const F64 even = to_double(((w.w0 & 0xffffffffu) | (w.w1 << 32)) >> 11) * 0x1p-53;
    const F64 odd = to_double(((w.w2 & 0xffffffffu) | (w.w3 << 32)) >> 11) * 0x1p-53;
    if (i + n <= calls) {
#if TESSERA_WIDTH == 64
      const F64 first = shuffle(even, odd, U64{0, 8, 1, 9, 2, 10, 3, 11}),
                second = shuffle(even, odd, U64{4, 12, 5, 13, 6, 14, 7, 15});
#elif TESSERA_WIDTH == 32
      const F64 first = shuffle(even, odd, U64{0, 4, 1, 5}), second = shuffle(even, odd, U64{2, 6, 3, 7});
#else
      const F64 first = shuffle(even, odd, U64{0, 2}), second = shuffle(even, odd, U64{1, 3});
#endif
      save(reinterpret_cast<std::byte*>(out + 2 * i), 0, (V)first);
      save(reinterpret_cast<std::byte*>(out + 2 * i), 1, (V)second);
    } else {
      for (std::int64_t j = 0; i + j < calls; j++) {
        out[2 * (i + j)] = even[static_cast<unsigned>(j)];
        out[2 * (i + j) + 1] = odd[static_cast<unsigned>(j)];
      }
    }
  }
}

/// Element 4c + j is word j of counter c.
inline void words32(std::uint64_t seed, std::uint64_t key, std::uint64_t counter, std::int64_t calls,
                    std::uint32_t* out) {
  constexpr int n = width / 8;
  U64 c = lane_numbers() + counter;
  for (std::int64_t i = 0; i < calls; i += n, c += n) {
    const Philox w = philox(c, seed, key);
    // Word 0 in the low and word 1 in the high half of a lane; the same of words 2 and 3.
    alignas(64) std::uint64_t pairs[2][n];
    const U64 low = (w.w0 & 0xffffffffu) | (w.w1 << 32), high = (w.w2 & 0xffffffffu) | (w.w3 << 32);
    __builtin_memcpy(pairs[0], &low, width);
    __builtin_memcpy(pairs[1], &high, width);
    const std::int64_t m = calls - i < n ? calls - i : n;
    for (std::int64_t j = 0; j < m; j++) {
      __builtin_memcpy(out + 4 * (i + j), &pairs[0][j], 8);
      __builtin_memcpy(out + 4 * (i + j) + 2, &pairs[1][j], 8);
    }
  }
}

/// Element 4c + j is word j of counter c, its top 24 bits.
inline void uniform32(std::uint64_t seed, std::uint64_t key, std::uint64_t counter, std::int64_t calls, float* out) {
  constexpr int n = width / 8;
  U64 c = lane_numbers() + counter;
  for (std::int64_t i = 0; i < calls; i += n, c += n) {
    const Philox w = philox(c, seed, key);
    alignas(64) std::uint64_t words[4][n];
    __builtin_memcpy(words[0], &w.w0, width);
    __builtin_memcpy(words[1], &w.w1, width);
    __builtin_memcpy(words[2], &w.w2, width);
    __builtin_memcpy(words[3], &w.w3, width);
    const std::int64_t m = calls - i < n ? calls - i : n;
    for (std::int64_t j = 0; j < m; j++)
      for (int k = 0; k < 4; k++)
        out[4 * (i + j) + k] =
            static_cast<float>(static_cast<std::int32_t>(static_cast<std::uint32_t>(words[k][j]) >> 8)) * 0x1p-24f;
  }
}
