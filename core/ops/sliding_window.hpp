#pragma once
// Windows of an array as axes of their own.
#include <tessera/core/array.hpp>
#include <tessera/core/axes.hpp>

namespace tessera {

/// All windows of `lengths` elements along the axes (of all, in order, unless some are given; one may be given again), NumPy's
/// sliding_window_view: y[i, ..., k] = x[i + k, ...], shape of x less length - 1 along each axis, with an axis of each length
/// behind. Lazy: shifted views of x, joined; tiles make what lies around them once, and reductions over windows hold no more
/// than tiles. Windows of one axis are in one chunk. throws ShapeError for an axis that is out of range or shorter than its
/// window, UsageError when lengths and axes are not as many, ValueError for a negative length and for windows of more than
/// 2^16 elements.
TESSERA_API Array sliding_window_view(const Array& x, const Dims& lengths, const Axes& axes = {});

}  // namespace tessera
