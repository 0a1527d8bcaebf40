// Squares of 4 doubles and of 8 floats (or integers: only bits are moved) are turned in registers.
#include <immintrin.h>

#include <tessera/core/cpu/turn.hpp>

namespace tessera::cpu {
namespace {

void turn_of_8(const std::byte* from, std::int64_t step, std::byte* to) {
  constexpr std::int64_t rows = turned_rows(8), to_row = turned_columns(8) * 8;
  static_assert(turned_band(8) == 4);
  for (std::int64_t r = 0; r < rows; r += 4) {
    const auto line = [&](std::int64_t k) {
      return _mm256_loadu_pd(reinterpret_cast<const double*>(from + k * step + r * 8));
    };
    const auto store = [&](std::int64_t k, __m256d v) {
      _mm256_store_pd(reinterpret_cast<double*>(to + (r + k) * to_row), v);
    };
    const __m256d a = line(0), b = line(1), d = line(2), e = line(3);
    const __m256d even = _mm256_unpacklo_pd(a, b), odd = _mm256_unpackhi_pd(a, b);
    const __m256d even2 = _mm256_unpacklo_pd(d, e), odd2 = _mm256_unpackhi_pd(d, e);
    store(0, _mm256_permute2f128_pd(even, even2, 0x20));
    store(1, _mm256_permute2f128_pd(odd, odd2, 0x20));
    store(2, _mm256_permute2f128_pd(even, even2, 0x31));
    store(3, _mm256_permute2f128_pd(odd, odd2, 0x31));
  }
}

void turn_of_4(const std::byte* from, std::int64_t step, std::byte* to) {
  constexpr std::int64_t rows = turned_rows(4), to_row = turned_columns(4) * 4;
  static_assert(turned_band(4) == 8);
  for (std::int64_t r = 0; r < rows; r += 8) {
    __m256 line[8], pairs[8], fours[8];
    for (int k = 0; k < 8; k++) line[k] = _mm256_loadu_ps(reinterpret_cast<const float*>(from + k * step + r * 4));
    for (int k = 0; k < 8; k += 2) {
      pairs[k] = _mm256_unpacklo_ps(line[k], line[k + 1]);
      pairs[k + 1] = _mm256_unpackhi_ps(line[k], line[k + 1]);
    }
    for (int k = 0; k < 8; k += 4)
      for (int j = 0; j < 2; j++) {
        fours[k + 2 * j] = _mm256_shuffle_ps(pairs[k + j], pairs[k + j + 2], 0x44);
        fours[k + 2 * j + 1] = _mm256_shuffle_ps(pairs[k + j], pairs[k + j + 2], 0xee);
      }
    for (int k = 0; k < 4; k++) {
      const auto store = [&](int row, __m256 v) {
        _mm256_store_ps(reinterpret_cast<float*>(to + (r + row) * to_row), v);
      };
      store(k, _mm256_permute2f128_ps(fours[k], fours[k + 4], 0x20));
      store(k + 4, _mm256_permute2f128_ps(fours[k], fours[k + 4], 0x31));
    }
  }
}

}  // namespace

Turn avx2_turn(std::int64_t item) { return item == 8 ? turn_of_8 : item == 4 ? turn_of_4 : nullptr; }

}  // namespace tessera::cpu
