#include "fused_sum.hpp"

#include <cmath>

namespace bench {

double fused_sum(const double* x, std::int64_t n) {
  double s = 0;
#pragma omp parallel for reduction(+ : s) schedule(static)
  for (std::int64_t i = 0; i < n; ++i) s += std::sqrt(x[i]) + x[i] * x[i];
  return s;
}

double plain_sum(const double* x, std::int64_t n) {
  double s = 0;
#pragma omp parallel for reduction(+ : s) schedule(static)
  for (std::int64_t i = 0; i < n; ++i) s += x[i];
  return s;
}

}  // namespace bench
