#pragma once
#include <optional>

#include <tessera/core/ops/elementwise.hpp>

namespace tessera {

struct GradientOptions {
  ByName by_name{};
  /// Distances: none (1), one number for all axes, or for each axis a number or the coordinates along it.
  std::vector<Operand> spacing{};
  Axes axis{};         ///< all unless given
  int edge_order = 1;  ///< 1 or 2: of the formula at the ends
};
/// Derivatives along axes, one array of x's shape for each, in x's dtype (integers in float64): central differences, of
/// second order also where coordinates are uneven (NumPy's formulas), one-sided at the ends. Lazy: views and a Map.
/// throws ShapeError when an axis is out of range or coordinates have another length, ValueError when an axis has fewer
/// than edge_order + 1 elements or edge_order is another, UsageError when there is not one spacing an axis.
TESSERA_API std::vector<Array> gradient(const Array& x, const GradientOptions& options = {});

}  // namespace tessera
