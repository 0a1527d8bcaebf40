#pragma once
// Two arrays of one shape, element by element: the expressions behind `tessera diff`, all lazy.
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

/// The number of each element in row-major order, cut as `like` is: int64.
Array positions(const Array& like);

}  // namespace tessera::command
