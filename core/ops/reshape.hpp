#pragma once
// The same elements, in row-major order, under another shape. Lazy. Where axes of length 1 come or go, a view. Of files
// the boxes are read that a tile of the result needs, generators generate it, and what is in memory is redistributed:
// every rank sends the others the ranges of positions that they get.
#include <tessera/core/array.hpp>

namespace tessera {

/// x under another shape; one length may be -1: what is left of x. chunks: of the result, one length an axis, -1 for the
/// whole axis. Without them: cut at the same elements as x where chunks of x are ranges of positions, and that is
/// possible in the new shape; else automatic chunks. Chunks are never put together because a shape asks for it.
/// throws ShapeError, naming both shapes and sizes, when they don't have as many elements; ValueError for a length below
/// -1, or two of -1.
TESSERA_API Array reshape(const Array& x, const Dims& shape, const Dims& chunks = {});
/// x as one axis.
TESSERA_API Array ravel(const Array& x);
/// The same: nothing is shared that could be changed.
TESSERA_API Array flatten(const Array& x);

/// x[..., i, i + offset, ...] for all i: the diagonal of the two axes, which becomes the last axis of the result.
/// throws ShapeError when x has fewer than two axes, one is out of range, or they are the same.
TESSERA_API Array diagonal(const Array& x, std::int64_t offset = 0, std::int64_t axis1 = 0, std::int64_t axis2 = 1);

}  // namespace tessera
