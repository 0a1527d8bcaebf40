#pragma once
// Hand-fused reductions that Tessera's are measured against, compiled with -O3 -march=native -ffast-math -fopenmp:
// additions in any order, so the last digits differ from run to run. All threads of OpenMP.
#include <cstdint>

namespace bench {

/// sum(sqrt(x) + x * x).
double fused_sum(const double* x, std::int64_t n);
/// sum(x): the least that any reduction must do, so the limit that memory sets.
double plain_sum(const double* x, std::int64_t n);

}  // namespace bench
