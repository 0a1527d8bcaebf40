#include "streaming.hpp"

#include <immintrin.h>

#include <cmath>

namespace bench {
namespace {

// The widest register of this machine. Multiplications and additions may contract, as a hand-written loop's would.
#if defined(__AVX512F__)
struct Wide {
  using Register = __m512d;
  static constexpr std::int64_t lanes = 8;
  static Register load(const double* p) { return _mm512_load_pd(p); }
  static Register all(double v) { return _mm512_set1_pd(v); }
  static Register magnitude(Register r) { return _mm512_abs_pd(r); }
  static void stream(double* p, Register r) { _mm512_stream_pd(p, r); }
};
#elif defined(__AVX__)
struct Wide {
  using Register = __m256d;
  static constexpr std::int64_t lanes = 4;
  static Register load(const double* p) { return _mm256_load_pd(p); }
  static Register all(double v) { return _mm256_set1_pd(v); }
  static Register magnitude(Register r) { return _mm256_andnot_pd(all(-0.0), r); }
  static void stream(double* p, Register r) { _mm256_stream_pd(p, r); }
};
#else
struct Wide {
  using Register = __m128d;
  static constexpr std::int64_t lanes = 2;
  static Register load(const double* p) { return _mm_load_pd(p); }
  static Register all(double v) { return _mm_set1_pd(v); }
  static Register magnitude(Register r) { return _mm_andnot_pd(all(-0.0), r); }
  static void stream(double* p, Register r) { _mm_stream_pd(p, r); }
};
#endif

// GCC's vector types take + - * directly.
struct Add {
  template <class V, class All, class Abs>
  static V apply(V x, All all, Abs) {
    return x + all(2.0);
  }
};
struct Chain {
  template <class V, class All, class Abs>
  static V apply(V x, All all, Abs magnitude) {
    const V t = x * all(1.1) + all(2.0);
    const V u = (t * x - all(0.5)) * x + all(3.0);
    return magnitude(u - t) * all(0.25) + x;
  }
};

template <class Work>
void run(const double* in, double* out, std::int64_t n) {
  constexpr std::int64_t step = 4 * Wide::lanes;
  const std::int64_t whole = n - n % step;
#pragma omp parallel
  {
#pragma omp for schedule(static) nowait
    for (std::int64_t i = 0; i < whole; i += step)
      for (std::int64_t k = 0; k < step; k += Wide::lanes)
        Wide::stream(out + i + k, Work::apply(Wide::load(in + i + k), Wide::all, Wide::magnitude));
    _mm_sfence();
  }
  for (std::int64_t i = whole; i < n; ++i)
    out[i] = Work::apply(
        in[i], [](double v) { return v; }, [](double v) { return std::abs(v); });
}

}  // namespace

void stream_add(const double* in, double* out, std::int64_t n) { run<Add>(in, out, n); }
void stream_chain(const double* in, double* out, std::int64_t n) { run<Chain>(in, out, n); }

}  // namespace bench
