#pragma once
// Cumulative functions: element i along an axis is made of all elements up to it. Lazy: each builds a Scan node with
// its elementwise prologue. The order of all additions is fixed by the chunks along the axis alone
// (core/kernel/scan.hpp).
#include <optional>

#include <tessera/core/array.hpp>
#include <tessera/core/axes.hpp>

namespace tessera {

struct CumulativeOptions {
  ByName by_name{};
  std::optional<std::int64_t> axis{};  ///< may be left out where x has one; negative ones count from the back
  std::optional<DType> dtype{};        ///< convert to this first
  bool include_initial = false;        ///< begin with 0 (of products 1): one element more along the axis
};

// All: x of one axis or more; the result has its shape. throws ShapeError when the axis is out of range, when x has no
// axis, or when it has several and none is given: NumPy's names alone take x as one axis then.
/// Sums. bool and integers add in int64 (uint64 for unsigned) and wrap; float32 in float64, each element rounded once.
/// throws DTypeError for dtype bool.
TESSERA_API Array cumulative_sum(const Array& x, const CumulativeOptions& options = {});
/// Products, with the dtypes of `cumulative_sum`.
TESSERA_API Array cumulative_prod(const Array& x, const CumulativeOptions& options = {});
/// NumPy's names: the same; without an axis of x as one axis (ravel), so also of a 0-d array.
TESSERA_API Array cumsum(const Array& x, const CumulativeOptions& options = {});
TESSERA_API Array cumprod(const Array& x, const CumulativeOptions& options = {});
/// Sums of what is not NaN; 0 before the first number.
TESSERA_API Array nancumsum(const Array& x, const CumulativeOptions& options = {});
/// Products of what is not NaN; 1 before the first number.
TESSERA_API Array nancumprod(const Array& x, const CumulativeOptions& options = {});
/// The largest element so far, in x's dtype; NaN from the first NaN on. Real and bool. throws DTypeError for complex.
TESSERA_API Array cumulative_max(const Array& x, std::optional<std::int64_t> axis = {});
/// The smallest element so far.
TESSERA_API Array cumulative_min(const Array& x, std::optional<std::int64_t> axis = {});
/// Forward fill: NaN becomes the last number before it along `axis`, if there is one, and with `n` only if it is one of
/// the n elements before it. Integers and bools are as they are. throws ValueError for n < 1.
TESSERA_API Array push(const Array& x, std::optional<std::int64_t> n = {}, std::int64_t axis = -1);

}  // namespace tessera
