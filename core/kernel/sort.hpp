#pragma once
// How elements are ordered: by keys, unsigned integers whose order is that of the elements. Of floats -0 has the key of
// 0, and every NaN the largest one; complex numbers are in NumPy's order: by the real part, then the imaginary one, those
// with a NaN last (imaginary part, real part, both). Elements of one key stay in the order of their indices: a sort is
// stable, so its result is unique, whoever makes it.
#include <cstdint>

#include <tessera/core/dtype.hpp>

namespace tessera {

struct Sort {
  DType element = DType::float64;  ///< of what is sorted
  bool descending = false;         ///< by the complements of the keys: NaN first, then from the largest to the smallest
  bool indices = false;            ///< gives where the elements came from instead of the elements

  DType result() const { return indices ? DType::int64 : element; }
  bool operator==(const Sort&) const = default;
};

/// Any key; those of 8 bytes and less lie in its low part.
using WideKey = unsigned __int128;
/// Bits of the keys of a dtype.
constexpr int sort_key_bits(DType t) { return static_cast<int>(8 * item_size(t)); }

/// A place in the order of a rank's elements, who come in the order of their indices: before it are those of smaller keys,
/// and the first `left` of those of its key.
struct SortFence {
  WideKey key = 0;
  std::int64_t left = 0;
};

/// What a sort moves: an element, or its key and its index.
constexpr std::int64_t sort_record_bytes(const Sort& s) {
  return !s.indices ? item_size(s.element) : s.element == DType::complex128 ? 24 : 16;
}

}  // namespace tessera
