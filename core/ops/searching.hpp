#pragma once
// Places in sorted arrays. Lazy. Every rank gets a copy of the sorted array; what is looked for stays where it is. Where the
// budget has no room for the copy, both are sorted together (search_by_sorting.hpp).
#include <span>

#include <tessera/core/array.hpp>

namespace tessera {

enum class Side { left, right };

/// Where in `sorted` the elements of `values` belong, so that it stays in order: before elements that are equal, or, with
/// Side::right, behind them. In the order of `sort`: NaN last. sorted: 1-d, in order, which is not checked. Both are
/// compared in their common dtype. returns: int64, the shape of values. throws ShapeError when `sorted` is not 1-d.
TESSERA_API Array searchsorted(const Array& sorted, const Array& values, Side side = Side::left);

/// In which of the intervals between `bins` the elements of x lie: 0 before the first, bins.size() behind the last.
/// right: intervals have their right ends and not their left ones. returns: int64, the shape of x. throws ValueError when
/// the bins neither rise nor fall.
TESSERA_API Array digitize(const Array& x, std::span<const double> bins, bool right = false);
/// The same with bins in an array, 1-d, which must rise. throws ShapeError.
TESSERA_API Array digitize(const Array& x, const Array& bins, bool right = false);

}  // namespace tessera
