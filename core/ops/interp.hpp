#pragma once
#include <optional>

#include <tessera/core/array.hpp>

namespace tessera {

struct InterpOptions {
  std::optional<double> left{};   ///< for x before the first point: its value unless given
  std::optional<double> right{};  ///< for x behind the last point
  std::optional<double>
      period{};  ///< of the coordinate, as of angles: points are put in order, and nothing lies outside
};

/// The function through the points (xp, fp), linear between them, at x. xp rises, which is not checked (with a period it
/// need not). returns: float64, the shape of x; NaN where x is. NumPy's formulas: the same bits.
/// Lazy: a search, of which every rank gets a copy of xp, a gather of the points around each x, and a Map.
/// throws ShapeError unless xp and fp are 1-d of one length, ValueError without points or when the period is 0, DTypeError for
/// complex operands.
TESSERA_API Array interp(const Array& x, const Array& xp, const Array& fp, const InterpOptions& options = {});

}  // namespace tessera
