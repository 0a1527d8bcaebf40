#pragma once
// Other chunks: the same elements, cut in another way. Chunks decide who has what, how files are laid out, and in which
// order elements are folded (so also the last bits of sums).
#include <tessera/core/array.hpp>

namespace tessera {

/// `x` in chunks of these lengths, one per axis; -1 is the whole axis; one that is longer than the axis is the whole
/// axis, too. Lazy. What is in memory is redistributed: every rank sends the others what they get of it, in messages
/// within the budget. Of files the boxes of the new chunks are read where that costs no chunk twice.
/// returns: shape and dtype of x. throws ShapeError when there is not one length for each axis, ValueError when a
/// length is 0 (of an axis that is not empty) or negative.
TESSERA_API Array rechunk(const Array& x, const Dims& chunks);
/// In chunks that may be uneven. throws ShapeError when `grid` has another shape.
TESSERA_API Array rechunk(const Array& x, const ChunkGrid& grid);
/// In the automatic chunks of an array of its shape and dtype: about 16 MiB, of whole last axes.
TESSERA_API Array rechunk(const Array& x);

}  // namespace tessera
