#pragma once
// Sorting by Highway's vectorised quicksort (Blacher, Giesen, Kühne 2022, https://arxiv.org/abs/2205.05982), which is not
// stable: of integers, whose equals are alike.
#include <cstdint>

namespace tessera::cpu {

/// Fewer are not worth its start.
inline constexpr std::int64_t worth_vectors = 48;

// In place.
void vector_sort(std::uint16_t* x, std::int64_t n, bool descending);
void vector_sort(std::int16_t* x, std::int64_t n, bool descending);
void vector_sort(std::uint32_t* x, std::int64_t n, bool descending);
void vector_sort(std::int32_t* x, std::int64_t n, bool descending);
void vector_sort(std::uint64_t* x, std::int64_t n, bool descending);
void vector_sort(std::int64_t* x, std::int64_t n, bool descending);

/// {index, key}: ordered by the keys, those of one key by the indices. No two are alike.
struct alignas(16) IndexedKey {
  std::uint64_t index, key;
};
void vector_sort(IndexedKey* x, std::int64_t n);

}  // namespace tessera::cpu
