#pragma once
// Covariances and correlations of variables, under NumPy's names and rules. Lazy: means, then a product of what lies around
// them (products.hpp), in float64 or complex128. Of files nothing but means and the result is in memory as a whole.
#include <optional>

#include <tessera/core/array.hpp>

namespace tessera {

struct CovOptions {
  ByName by_name{};
  bool rowvar = true;               ///< a variable a row, an observation a column; false: the other way
  bool bias = false;                ///< divided by n, not n - 1
  std::optional<double> ddof{};     ///< divided by n - ddof, whatever `bias` says
  std::optional<Array> fweights{};  ///< integers: how often each observation occurred
  std::optional<Array> aweights{};  ///< how much each observation weighs
};

/// Covariance matrix, as numpy.cov. m: 1-d (one variable) or 2-d. y: more variables in the same form.
/// returns: (v, v) for v variables; 0-d for one. Symmetric but for rounding. The divisor is n - ddof, or as NumPy's of
/// weights; where it is not positive the result is not finite. Weights are not checked for negative ones.
/// throws ShapeError for more dimensions, observations that differ in number, weights that are not 1-d or not as many;
/// DTypeError for fweights that are not integers and for complex weights.
TESSERA_API Array cov(const Array& m, const std::optional<Array>& y = {}, const CovOptions& options = {});

/// Pearson's correlations of the same variables: cov / (standard deviations of both), cut to [-1, 1]. NaN where one varies
/// not at all.
TESSERA_API Array corrcoef(const Array& x, const std::optional<Array>& y = {}, bool rowvar = true);

}  // namespace tessera
