#pragma once
// Filters that differentiate, after scipy.ndimage: lazy, and made of filters along one axis, so that results have the shape, dtype
// and chunks of x, are rounded (integers cut) in between, and integers wrap. Complex arrays are refused (DTypeError); modes
// are one for all axes, or one an axis.
#include <tessera/core/ops/filters.hpp>
#include <tessera/core/ops/shifted_views.hpp>

namespace tessera {

/// The difference of the neighbours along an axis, smoothed along all others by (1, 2, 1). throws ShapeError for an axis that
/// x does not have.
TESSERA_API Array sobel(const Array& x, std::int64_t axis = -1, const StencilOptions& options = {});
/// Smoothed by (1, 1, 1).
TESSERA_API Array prewitt(const Array& x, std::int64_t axis = -1, const StencilOptions& options = {});
/// The sum of the Gaussian's second derivatives along options.axes, and the root of the sum of the squares of the first; x
/// where there is no axis. As in scipy.ndimage the mode of an axis is, where its derivative is made, that of all. throws as
/// gaussian_filter does, and ValueError for options.order.
TESSERA_API Array gaussian_laplace(const Array& x, const std::vector<double>& sigma,
                                   const GaussianOptions& options = {});
TESSERA_API Array gaussian_gradient_magnitude(const Array& x, const std::vector<double>& sigma,
                                              const GaussianOptions& options = {});

}  // namespace tessera
