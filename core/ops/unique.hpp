#pragma once
// The different elements of an array. How many there are depends on the elements, so they are counted at once, as what a
// mask selects is (masks.hpp; <tessera/distributed/sets.hpp> has the same functions of a Session). The rest is lazy: a
// result is made of sorts and of the flags of elements that differ from those before them. What a session sorted
// to count it keeps while it has room; then an evaluation sorts again. Arrays of any shape, as if they had one axis (ravel).
#include <optional>

#include <tessera/core/axes.hpp>
#include <tessera/core/ops/masks.hpp>

namespace tessera {

/// What is wanted besides the values (np.unique's return_index, return_inverse and return_counts).
struct UniqueOptions {
  ByName by_name{};
  bool index = false, inverse = false, counts = false;
  bool equal_nan = true;               ///< one NaN stands for all; else each is there
  std::optional<std::int64_t> axis{};  ///< slices along it are compared instead of elements
};

struct Unique {
  Array values;                    ///< 1-d, in order
  std::optional<Array> index{};    ///< int64, as the values: where each is first
  std::optional<Array> inverse{};  ///< int64, of the shape of x: which of the values each element is
  std::optional<Array> counts{};   ///< int64, as the values: how often each occurs
};

/// With an axis: slices along it, which are compared element by element in row-major order; index, inverse and counts are 1-d.
/// Elements get their places among those of their column, two and two columns together, until one number stands for a
/// slice: as many passes as the number of columns has bits, each a sort along the axis and a scatter, of arrays in memory of
/// int64 that are half as large each time. Of up to 2^31 slices. throws ShapeError when the axis is out of range.
/// index: a second sort. inverse: a search among the values (searchsorted); of floats without equal_nan a second
/// sort, whose places are put where they belong (a scatter).
TESSERA_API Unique unique(const Array& x, const UniqueOptions& options, const CountMask& count);

}  // namespace tessera
