#pragma once
// How many bins a histogram should have: NumPy's estimators (bins='auto', 'fd', ...). The number depends on the elements, so
// it is evaluated at once, by the function that counts what masks select (masks.hpp): collective when that is
// (<tessera/distributed/bin_estimators.hpp> has the same functions of a Session). The histogram is lazy from there.
//
//   estimator  width of a bin, of n elements with standard deviation s, from the smallest to the largest a distance p
//   auto       the smaller of fd and sturges; sturges where fd is 0
//   fd         2 * (distance between the quartiles) / cbrt(n)                              Freedman and Diaconis, 1981
//   doane      p / (1 + log2(n) + log2(1 + |g| / sqrt(6 (n - 2) / ((n + 1) (n + 3))))), g: the skewness   Doane, 1976
//   scott      s * cbrt(24 * sqrt(pi) / n)                                                 Scott, 1979
//   stone      p / k, where k bins have the least cross-validated squared error            Stone, 1984
//   rice       p / (2 * cbrt(n))
//   sturges    p / (1 + log2(n))                                                           Sturges, 1926
//   sqrt       p / sqrt(n)
//
// There are as many bins as the width needs to go from the first edge to the last one, rounded up; one where the width is 0 and
// where there is no element. Of integers and bools a width is at least 1 (as in NumPy 2).
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/ops/histogram.hpp>
#include <tessera/core/ops/masks.hpp>

namespace tessera {

/// As above, in this order.
TESSERA_API const std::vector<std::string>& bin_estimators();

struct BinEstimatorOptions {
  ByName by_name{};
  std::optional<BinRange> range{};  ///< elements outside, and NaN, are left out of the estimate, too
  bool skip_nan = false;            ///< NaN is left out; else without a range it is an error
};

/// The number of bins. x: real or bool, any shape. Evaluates the smallest and the largest element and what else the estimator
/// needs: a pass over x; of fd and auto quartiles in some passes more (quantiles.hpp), of doane a second pass. Of stone
/// histograms with 1, 2, ..., max(100, sqrt(n)) bins, but no more than 2048, whose edges are counted together, up to 2^18 in
/// a pass: 1 pass up to 5 * 10^5 elements, 9 at most.
/// throws ValueError for other estimators, a range that is no range, elements that are not finite, and where there would be more
/// than 10^7 bins; DTypeError for complex x.
TESSERA_API std::int64_t estimated_bins(const Array& x, std::string_view estimator, const BinEstimatorOptions& options,
                                        const CountMask& count);

/// histogram and histogram_bin_edges with so many bins. throws UsageError for weights.
TESSERA_API Histogram histogram(const Array& x, std::string_view estimator, const HistogramOptions& options,
                                const CountMask& count);
TESSERA_API Array histogram_bin_edges(const Array& x, std::string_view estimator, const std::optional<BinRange>& range,
                                      const CountMask& count);

}  // namespace tessera
