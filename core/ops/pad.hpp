#pragma once
// Elements around an array, under NumPy's names and rules. Lazy: what is around it is made where it is read.
#include <string>
#include <utility>

#include <tessera/core/array.hpp>
#include <tessera/core/axes.hpp>

namespace tessera {

/// Before and after, along each axis, or one for all axes.
using PadWidths = std::vector<std::pair<std::int64_t, std::int64_t>>;

struct PadOptions {
  ByName by_name{};
  /// constant: `values`; edge: the outermost element; linear_ramp: from `values`, outermost, to the edge; maximum,
  /// minimum, mean, median: of the `lengths` elements at that end; reflect: mirrored at the edge, symmetric: with the
  /// edge itself; wrap: from the other end; empty: 0.
  std::string mode = "constant";
  std::vector<std::pair<Scalar, Scalar>> values{};  ///< constant, linear_ramp: 0 unless given
  PadWidths lengths{};                              ///< of those four: all unless given
  bool odd = false;                                 ///< reflect, symmetric: twice the edge less what is mirrored
};
/// x with `widths` elements more before and after it along each axis, in x's dtype. Axes are padded one after another, so
/// corners are what the later axes make of the earlier. throws ValueError for a negative width, an unknown mode, and for
/// an axis of length 0 in modes that need an element; ShapeError when there is not one entry an axis, or one for all.
TESSERA_API Array pad(const Array& x, const PadWidths& widths, const PadOptions& options = {});

}  // namespace tessera
