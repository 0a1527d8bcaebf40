#pragma once
// Arrays of another size: images made larger or smaller. Lazy.
#include <tessera/core/array.hpp>
#include <tessera/core/axes.hpp>

namespace tessera {

enum class ResizeMethod {
  /// Of the element in which the middle of the new one lies (PyTorch's nearest-exact, scikit-image's order 0). Any dtype.
  nearest,
  /// Between the two elements whose middles are around it, along each axis; at the ends of an axis the last one
  /// (OpenCV's INTER_LINEAR, PyTorch's bilinear).
  linear,
  /// The mean of what it covers (OpenCV's INTER_AREA where an image becomes smaller, PyTorch's adaptive average).
  area
};

struct ResizeOptions {
  ByName by_name{};
  ResizeMethod method = ResizeMethod::linear;
  /// Linear alone: along axes that become shorter the weights are a triangle as wide as two new elements, so that every
  /// element counts (Pillow's BILINEAR, jax.image's and PyTorch's antialias).
  bool antialias = false;
};

/// x with `shape[i]` elements along axis i: each element covers what x has there in equal parts.
/// x: any shape without a length of 0; real, of `nearest` of any dtype. returns: the dtype of x; sums are taken in float64, axis
/// by axis, those first that shrink most, and rounded once, integers to the nearest, halves to even. Its chunks are where x's
/// are; larger ones than 16 MiB are cut.
/// A call of its own (map_overlap): made whole before others read it, chunk by chunk where it is written, and the budget must
/// have room for a chunk of x and of the result for each thread along the axes that change.
/// throws ShapeError unless shape has a length for each axis; ValueError for a length below 1, arrays without elements, and
/// where one element would be made of more than 2^20; DTypeError for complex and bool x but of `nearest`.
TESSERA_API Array resize(const Array& x, const Shape& shape, const ResizeOptions& options = {});

}  // namespace tessera
