#pragma once
// Edges of bins of equal width, as numbers: what histogram and the estimators of bins have in common.
#include <tessera/core/ops/histogram.hpp>

namespace tessera::bins {

/// Of a range that begins and ends at the same number, half of 1 on both sides of it. throws ValueError when it is not finite,
/// and when it ends before it begins.
BinRange checked_range(BinRange range);
/// numpy.linspace in float64, `bins` + 1 numbers. range: a checked one.
std::vector<double> equal_edges(BinRange range, std::int64_t bins);
/// float32 of float32, else float64.
DType edge_dtype(DType elements);
/// Real numbers, of one axis at least. throws DTypeError.
Array checked_elements(const Array& x);

}  // namespace tessera::bins
