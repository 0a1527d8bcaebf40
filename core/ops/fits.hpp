#pragma once
// Polynomials through points, and what is left of a series without its trend. Lazy.
#include <optional>
#include <string>
#include <vector>

#include <tessera/core/array.hpp>

namespace tessera {

/// Coefficients of the polynomial of degree `deg` with the smallest sum of squares of w (y - p(x)), as numpy.polyfit: the
/// highest power first.
/// x: 1-d and real. y: as long along its first axis; a polynomial for each place of its other axes. w: 1-d, as long.
/// returns: float64 (complex128 of complex y), (deg + 1, ...). By orthogonal polynomials of the x that are given, scaled to
/// [-1, 1] (Forsythe, 1957), one walk over x and y for each degree: what NumPy's singular values solve is never made. The
/// polynomial's values at x agree with NumPy's within 1e-12 of the largest |y| up to degree 8; its coefficients are as
/// sensitive as powers of x are. NaN where there are not more different x than `deg` (NumPy warns, and chooses one).
/// throws ShapeError for other shapes, ValueError for a negative degree, one above 64, and no points; DTypeError for
/// complex x or w.
TESSERA_API Array polyfit(const Array& x, const Array& y, std::int64_t deg, const std::optional<Array>& w = {});

struct DetrendOptions {
  std::int64_t axis = -1;
  std::string type = "linear";     ///< or "constant": the mean alone
  std::vector<std::int64_t> bp{};  ///< where a new line begins, of linear ones
};
/// x without the line of least squares along an axis, or without its mean: scipy.signal.detrend.
/// returns: x's shape; float32 and complex64 stay, other dtypes become float64 or complex128. Sums in float64.
/// throws ShapeError for an axis that there is not, ValueError for another type, break points that lie outside, and an
/// axis of length 0.
TESSERA_API Array detrend(const Array& x, const DetrendOptions& options = {});

}  // namespace tessera
