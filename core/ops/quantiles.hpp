#pragma once
// Quantiles, under NumPy's names and rules, exact for any number of chunks. Lazy: each builds a Select node. Short
// columns are taken whole, tile by tile; of long ones the bits of the elements are counted, pass by pass over the input,
// until the elements that are looked for are known (distributed/plan/counted_selection.hpp). Nothing is sorted, and no
// column has to fit into memory.
#include <string>
#include <vector>

#include <tessera/core/array.hpp>
#include <tessera/core/axes.hpp>

namespace tessera {

struct MedianOptions {
  ByName by_name{};
  Axes axis{};
  bool keepdims = false;  ///< keep reduced axes with length 1
};

struct QuantileOptions {
  ByName by_name{};
  Axes axis{};
  /// One of NumPy's: inverted_cdf, averaged_inverted_cdf, closest_observation, interpolated_inverted_cdf, hazen,
  /// weibull, linear, median_unbiased, normal_unbiased, lower, higher, midpoint, nearest.
  std::string method = "linear";
  bool keepdims = false;  ///< keep reduced axes with length 1
};

// All: x of any shape, real or bool; the result has its shape without `axis` (of a list of quantiles behind an axis for
// these). NaN where a slice has a NaN, or is empty. throw ShapeError when an axis is out of range or given twice,
// DTypeError for complex x.
/// The middle element, or the mean of the two middle ones. float32 stays float32, all else becomes float64.
TESSERA_API Array median(const Array& x, const MedianOptions& options = {});
/// The q-th quantile, 0 <= q <= 1. Methods that lie between two elements give float64 and refuse bools (DTypeError);
/// inverted_cdf, closest_observation, lower, higher and nearest give elements in x's dtype (ValueError over an empty
/// axis of integers). throws ValueError for q outside [0, 1] and unknown methods.
TESSERA_API Array quantile(const Array& x, double q, const QuantileOptions& options = {});
/// Several at once, in the same passes: the result begins with an axis of them.
TESSERA_API Array quantile(const Array& x, const std::vector<double>& q, const QuantileOptions& options = {});
/// quantile(x, q / 100), 0 <= q <= 100.
TESSERA_API Array percentile(const Array& x, double q, const QuantileOptions& options = {});
TESSERA_API Array percentile(const Array& x, const std::vector<double>& q, const QuantileOptions& options = {});

// Of what is not NaN; NaN where nothing is left.
TESSERA_API Array nanmedian(const Array& x, const MedianOptions& options = {});
TESSERA_API Array nanquantile(const Array& x, double q, const QuantileOptions& options = {});
TESSERA_API Array nanquantile(const Array& x, const std::vector<double>& q, const QuantileOptions& options = {});
TESSERA_API Array nanpercentile(const Array& x, double q, const QuantileOptions& options = {});
TESSERA_API Array nanpercentile(const Array& x, const std::vector<double>& q, const QuantileOptions& options = {});

}  // namespace tessera
