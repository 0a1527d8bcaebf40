#include "filter_sweep.hpp"

#include <immintrin.h>

#include <algorithm>
#include <vector>

namespace bench {
namespace {

/// Past the caches, where the processor can and the place is aligned.
void stream_out(const double* from, double* to, std::int64_t n) {
  std::int64_t j = 0;
#ifdef __AVX__
  for (; j + 4 <= n; j += 4) _mm256_stream_pd(to + j, _mm256_load_pd(from + j));
#endif
  for (; j < n; ++j) to[j] = from[j];
}

std::int64_t within(std::int64_t i, std::int64_t n) { return std::clamp<std::int64_t>(i, 0, n - 1); }

struct Aligned {
  explicit Aligned(std::int64_t n) : memory(static_cast<std::size_t>(n) + 16) {
    auto at = reinterpret_cast<std::uintptr_t>(memory.data());
    data = memory.data() + (64 - at % 64) % 64 / sizeof(double);
  }
  std::vector<double> memory;
  double* data;
};

}  // namespace

void correlate_3x3(const double* in, double* out, std::int64_t n, const double* w) {
#pragma omp parallel
  {
    Aligned line(n);
    double* const y = line.data;
#pragma omp for schedule(static)
    for (std::int64_t i = 0; i < n; ++i) {
      const double *a = in + within(i - 1, n) * n, *b = in + i * n, *c = in + within(i + 1, n) * n;
      const auto at = [&](std::int64_t j, std::int64_t l, std::int64_t r) {
        return w[0] * a[l] + w[1] * a[j] + w[2] * a[r] + w[3] * b[l] + w[4] * b[j] + w[5] * b[r] + w[6] * c[l] +
               w[7] * c[j] + w[8] * c[r];
      };
      y[0] = at(0, 0, 1);
      for (std::int64_t j = 1; j + 1 < n; ++j) y[j] = at(j, j - 1, j + 1);
      y[n - 1] = at(n - 1, n - 2, n - 1);
      stream_out(y, out + i * n, n);
    }
    _mm_sfence();
  }
}

void uniform_3x3(const double* in, double* out, std::int64_t n) {
#pragma omp parallel
  {
    Aligned sums(n), line(n);
    double *const s = sums.data, *const y = line.data;
#pragma omp for schedule(static)
    for (std::int64_t i = 0; i < n; ++i) {
      const double *a = in + within(i - 1, n) * n, *b = in + i * n, *c = in + within(i + 1, n) * n;
      for (std::int64_t j = 0; j < n; ++j) s[j] = (a[j] + b[j] + c[j]) / 3;
      y[0] = (s[0] + s[0] + s[1]) / 3;
      for (std::int64_t j = 1; j + 1 < n; ++j) y[j] = (s[j - 1] + s[j] + s[j + 1]) / 3;
      y[n - 1] = (s[n - 2] + s[n - 1] + s[n - 1]) / 3;
      stream_out(y, out + i * n, n);
    }
    _mm_sfence();
  }
}

}  // namespace bench
