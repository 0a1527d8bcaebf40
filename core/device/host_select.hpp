#pragma once
// Choosing elements by their place in the order, of the host alone, in its memory (core/cpu/select*.cpp).
//
//   select_columns   whole columns are there: their quantiles
//   count_digits     a part of them is there: how many elements have which next bits in their keys (core/kernel/sort_key.hpp)
#include <cstddef>
#include <cstdint>

#include <tessera/core/kernel/quantile.hpp>
#include <tessera/core/kernel/strided.hpp>

namespace tessera {

/// Bytes of scratch memory for columns of n elements.
TESSERA_API std::int64_t select_scratch_bytes(DType element, std::int64_t n);
/// Quantiles of the columns of a box over the axes of `folded` (bit i: axis i), each with one element or none.
/// to: strides of the axis of quantiles, then of the axes that stay.
TESSERA_API void select_columns(const Quantiles& quantiles, DType element, const Dims& extent, std::uint32_t folded,
                                const StridedInput& from, std::byte* scratch, const StridedOutput& to);

/// The beginnings of the keys that are looked for, of several outputs. Keys of which the first `known` bits are one of
/// an output's prefixes are counted by the next `digit` bits.
struct KeyPrefixes {
  std::int64_t outputs = 1;
  std::int64_t each = 1;  ///< room for that many prefixes of an output
  int known = 0, digit = 0;
  const std::uint64_t* prefixes = nullptr;  ///< [output][each], ascending
  const std::int64_t* used = nullptr;       ///< [output]: how many there are

  std::int64_t digits() const { return std::int64_t{1} << digit; }
  /// Of a histogram: [output][each][digits()].
  std::int64_t histogram_counts() const { return outputs * each * digits(); }
};

/// Where keys go that were found, as records of {key} or, of several outputs, {key, output}.
class FoundKeys {
 public:
  virtual ~FoundKeys() = default;
  void push(std::uint64_t key) {
    if (next_ == end_) take_block();
    *next_++ = key;
  }

 protected:
  /// Sets next_ and end_ to room for a whole number of records.
  virtual void take_block() = 0;
  std::uint64_t *next_ = nullptr, *end_ = nullptr;
};

/// Which output an element of a box belongs to: number `first` for the first element, and by how many it changes along
/// each axis (0 on folded ones).
struct OutputNumbers {
  std::int64_t first = 0;
  Dims strides{};
};

/// Adds the elements of a box to histograms. nans: elements that are NaN, by output; null: not counted. found: gets the
/// keys that were counted; may be null.
TESSERA_API void count_digits(DType element, const KeyPrefixes& prefixes, const Dims& extent, const StridedInput& from,
                              const OutputNumbers& numbers, std::int64_t* histogram, std::int64_t* nans,
                              FoundKeys* found);
/// The same of n records that were found, of keys of `bits` bits.
TESSERA_API void count_found(int bits, const KeyPrefixes& prefixes, const std::uint64_t* records, std::int64_t n,
                             std::int64_t* histogram);

}  // namespace tessera
