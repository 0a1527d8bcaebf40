#pragma once
// Arrays put together. Lazy, and nothing is copied for it: what reads a result reads the parts. dtypes promote by the
// Array API's table, as NumPy's concatenate does.
#include <tessera/core/array.hpp>

namespace tessera {

/// The arrays one after another along `axis`; their other extents are equal. Chunks: the parts' own along `axis` (where
/// they are of different lengths and more than 65536: as few neighbours of a part together as bring them below), those
/// of the largest part elsewhere. throws ShapeError when shapes differ elsewhere or an array is 0-d, UsageError without
/// arrays.
TESSERA_API Array concat(const std::vector<Array>& arrays, std::int64_t axis = 0);
/// The arrays, all of one shape, along a new axis before `axis` (of the result).
TESSERA_API Array stack(const std::vector<Array>& arrays, std::int64_t axis = 0);
/// x[..., i, ...] for every i along `axis`: views.
TESSERA_API std::vector<Array> unstack(const Array& x, std::int64_t axis = 0);
/// All of them as views of their common shape. throws ShapeError when they don't broadcast.
TESSERA_API std::vector<Array> broadcast_arrays(const std::vector<Array>& arrays);

}  // namespace tessera
