#pragma once
// Chunks alike, and fewer elements in place of many.
#include <functional>

#include <tessera/core/array.hpp>
#include <tessera/core/axes.hpp>

namespace tessera {

/// The arrays in chunks that are cut alike on every axis that they share, counted from the last one: wherever one of
/// them is. Axes of length 1 stay. Lazy: rechunk. throws ShapeError when the arrays don't broadcast.
TESSERA_API std::vector<Array> unify_chunks(const std::vector<Array>& arrays);

/// What becomes of blocks: sum, mean, max, ...
using BlockReduction = std::function<Array(const Array&, const ReduceOptions&)>;
/// Each block of `factors` elements, one length an axis, as one element: reduction(block). trim: what is beyond the last
/// whole block is left out. throws ValueError for a factor below 1 or, without `trim`, one that does not divide the
/// length; ShapeError when there is not one an axis.
TESSERA_API Array coarsen(const BlockReduction& reduction, const Array& x, const Dims& factors, bool trim = false);

}  // namespace tessera
