#pragma once
// Hand-written loops that filters of windows of 3 x 3 are measured against: one pass over memory, rows in order, stores that
// go past the caches. All threads of OpenMP. `in` and `out` are n x n, row-major, on 64-byte boundaries, and apart.
#include <cstdint>

namespace bench {

/// out[i][j] = sum of weights[k][l] * in[i + k - 1][j + l - 1]; at the edges the nearest element stands beyond.
void correlate_3x3(const double* in, double* out, std::int64_t n, const double* weights);
/// Means of 3 x 3: rows are added to one row, then three neighbours of it.
void uniform_3x3(const double* in, double* out, std::int64_t n);

}  // namespace bench
