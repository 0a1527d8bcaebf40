#pragma once
// Reductions, under NumPy's names and rules. Lazy: each builds Reduce nodes with their elementwise prologues and
// epilogues. The order of all additions is fixed by the chunking alone.
#include <tessera/core/array.hpp>
#include <tessera/core/axes.hpp>

namespace tessera {

// All: x of any shape; the result has its shape without `axis`. throws ShapeError when an axis is out of range or given
// twice.
/// Sum. bool and integers add in int64 (uint64 for unsigned) and wrap; float32 in float64, rounded once. Empty: 0.
TESSERA_API Array sum(const Array& x, const ReduceOptions& options = {});
/// Product, with the dtypes of `sum`. Empty: 1.
TESSERA_API Array prod(const Array& x, const ReduceOptions& options = {});
/// Arithmetic mean; integers in float64; float32 stays float32. Empty: NaN.
TESSERA_API Array mean(const Array& x, const ReduceOptions& options = {});
/// Smallest element; NaN where there is one. Real and bool. throws ValueError over an empty axis.
TESSERA_API Array min(const Array& x, const ReduceOptions& options = {});
/// Largest element; NaN where there is one. Real and bool. throws ValueError over an empty axis.
TESSERA_API Array max(const Array& x, const ReduceOptions& options = {});
/// Variance, by shifted sums in float64 within a leaf and Chan's pairwise merge. Complex: of the modulus' square, real
/// result.
TESSERA_API Array var(const Array& x, const ReduceOptions& options = {});
/// Standard deviation: the square root of `var`.
TESSERA_API Array std(const Array& x, const ReduceOptions& options = {});
/// True where some element is not zero. Empty: False.
TESSERA_API Array any(const Array& x, const ReduceOptions& options = {});
/// True where no element is zero. Empty: True.
TESSERA_API Array all(const Array& x, const ReduceOptions& options = {});
/// Elements that are not zero, as int64. NaN is not zero.
TESSERA_API Array count_nonzero(const Array& x, const ReduceOptions& options = {});
/// max - min. Integers wrap, as NumPy's do. throws DTypeError for bool and complex, ValueError over an empty axis.
TESSERA_API Array ptp(const Array& x, const ReduceOptions& options = {});

// Positions: int64, in row-major order among the folded elements (of x.ravel() when no axis is given). The first one of
// equal elements. throw ValueError over an empty axis, DTypeError for complex x.
/// Where the smallest element is; where the first NaN is if there is one.
TESSERA_API Array argmin(const Array& x, const ReduceOptions& options = {});
/// Where the largest element is; where the first NaN is if there is one.
TESSERA_API Array argmax(const Array& x, const ReduceOptions& options = {});
/// argmin among what is not NaN. An evaluation throws ValueError when a slice is nothing but NaN.
TESSERA_API Array nanargmin(const Array& x, const ReduceOptions& options = {});
/// argmax among what is not NaN. An evaluation throws ValueError when a slice is nothing but NaN.
TESSERA_API Array nanargmax(const Array& x, const ReduceOptions& options = {});

// The nan forms leave NaN out (a complex number is NaN when one of its parts is); on bool and integers they are the
// plain functions.
/// Elements that are not NaN, as int64.
TESSERA_API Array count(const Array& x, const ReduceOptions& options = {});
/// Sum of what is not NaN; 0 when nothing is left.
TESSERA_API Array nansum(const Array& x, const ReduceOptions& options = {});
/// Product of what is not NaN; 1 when nothing is left.
TESSERA_API Array nanprod(const Array& x, const ReduceOptions& options = {});
/// Mean of what is not NaN; NaN when nothing is left.
TESSERA_API Array nanmean(const Array& x, const ReduceOptions& options = {});
/// Smallest number; NaN when nothing is left.
TESSERA_API Array nanmin(const Array& x, const ReduceOptions& options = {});
/// Largest number; NaN when nothing is left.
TESSERA_API Array nanmax(const Array& x, const ReduceOptions& options = {});
/// Variance of the n elements that are not NaN, divided by n - correction; NaN where that is not positive.
TESSERA_API Array nanvar(const Array& x, const ReduceOptions& options = {});
/// The square root of `nanvar`.
TESSERA_API Array nanstd(const Array& x, const ReduceOptions& options = {});

/// Mean weighted by `weights`, real: of x's shape, or one weight an index along `axis` (in the order of the axes when
/// there are several). Computed in float64 (complex128); float32 with float32 weights gives float32. Where the weights'
/// sum is 0: NaN or an infinity, where NumPy throws. throws ShapeError when the weights fit neither.
TESSERA_API Array average(const Array& x, const std::optional<Array>& weights = {}, const ReduceOptions& options = {});
/// Central moment: the mean of (x - mean(x))^order, in float64 (complex128). throws ValueError for a negative order.
TESSERA_API Array moment(const Array& x, int order, const ReduceOptions& options = {});
/// Norm of the vectors along `axis` (of all elements, when it is not given): (sum |x|^ord)^(1/ord); the largest |x| for
/// ord = infinity, the smallest for -infinity, the number of non-zeros for 0. Computed in float64; real result, float32
/// of float32 and complex64. throws ValueError over an empty axis for the infinities.
TESSERA_API Array vector_norm(const Array& x, double ord = 2, const ReduceOptions& options = {});

}  // namespace tessera
