#pragma once
// How often integers occur.
#include <optional>

#include <tessera/core/ops/masks.hpp>

namespace tessera {

/// How often each of 0, 1, ..., length - 1 occurs in x, 1-d; with weights, of the length of x, the sums of those. Lazy.
/// returns: int64, of weights float64; `length` elements. An element outside throws IndexError when it is evaluated. throws
/// DTypeError unless x is of integers and the weights are real, ShapeError for other shapes.
TESSERA_API Array bincount(const Array& x, std::int64_t length, const std::optional<Array>& weights = {});
/// NumPy's: as long as the largest element asks for, at least `minlength`. Evaluates the largest element, by `count`.
TESSERA_API Array bincount(const Array& x, const std::optional<Array>& weights, std::int64_t minlength,
                           const CountMask& count);

}  // namespace tessera
