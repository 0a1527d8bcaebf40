#pragma once
// Two arrays of one shape, element by element: the expressions behind `tessera diff`, all lazy.
#include <utility>

#include <tessera/tessera.hpp>

namespace tessera::command {

struct Tolerance {
  double relative = 0, absolute = 0;
};

struct Comparison {
  Array differs;   ///< bool
  Array absolute;  ///< |a - b|: uint64 between integers (at most 2^64 - 1), else float64; 0 where there is none (a NaN
                   ///< beside a number)
  Array relative;  ///< |a - b| / |b| in float64, also where |a - b| is beyond it; 0 where b is 0
  Array unmatched_nan;  ///< bool: NaN in one of the two alone
};
/// a and b of one shape and any dtypes.
Comparison compare(const Array& a, const Array& b, const Tolerance& tolerance);

/// Both in chunks of one grid, so that a chunk of a compressed file is decoded once, or as seldom as `room` bytes for one
/// chunk of each and even work for all ranks allow: of (8, 256) and (64, 32) elements these are (64, 256). As they are
/// where they are cut alike.
std::pair<Array, Array> cut_alike(const Array& a, const Array& b, std::int64_t room, int ranks);

/// The number of each element in row-major order, cut as `like` is: int64.
Array positions(const Array& like);

}  // namespace tessera::command
