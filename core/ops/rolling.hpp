#pragma once
// Rolling windows along an axis: xarray's rolling, bottleneck's move_*. Lazy: a stencil, made in the tile with what it is
// made of. Bits depend on the window and the array's first index alone; the cost of an element does not grow with the window.
#include <optional>

#include <tessera/core/array.hpp>
#include <tessera/core/axes.hpp>

namespace tessera {

struct RollingOptions {
  ByName by_name{};
  std::int64_t axis = -1;
  /// How many elements of a window must be there, and not NaN, for a result that is not NaN; all of them unless it is given
  /// (xarray's min_periods).
  std::optional<std::int64_t> min_count{};
  /// The window of an element has it in the middle (window // 2 elements before it, as in xarray), not at its end.
  bool center = false;
};

/// Of the `window` elements up to each one along the axis, of those that are there and not NaN: their sum.
/// x: real or bool, 1-d or more. returns: the shape of x; float32 of float32, else float64. Sums in float64.
/// throws ValueError for a window below 1 or a min_count that is not from 1 to the window; DTypeError for complex x; ShapeError
/// for an axis that x has not.
TESSERA_API Array rolling_sum(const Array& x, std::int64_t window, const RollingOptions& options = {});
TESSERA_API Array rolling_mean(const Array& x, std::int64_t window, const RollingOptions& options = {});
TESSERA_API Array rolling_min(const Array& x, std::int64_t window, const RollingOptions& options = {});
TESSERA_API Array rolling_max(const Array& x, std::int64_t window, const RollingOptions& options = {});

}  // namespace tessera
