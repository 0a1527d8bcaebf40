#pragma once
// What the text of a CUDA kernel needs to be compiled by g++, in front of it: the words of the language, a thread's place in its grid,
// and where threads meet. The text is the one that NVRTC gets, unchanged, followed by SIMT_ENTRY(name) for each kernel. Threads of a block
// run one after another; who waits at a barrier or a shuffle gives way to the next (block.cpp). The headers are C's alone (-nostdinc++):
// NVRTC has none, and reading C++'s would take longer than most kernels.
#include <math.h>
#include <stddef.h>

#include "simt_context.hpp"

namespace std {
using ::int8_t, ::int16_t, ::int32_t, ::int64_t, ::uint8_t, ::uint16_t, ::uint32_t, ::uint64_t;
}

namespace simt {

static Context context;

template <int...>
struct Indices {};
template <class... A, int... I>
inline void call(void (*f)(A...), void* const* arguments, Indices<I...>) {
  f(*static_cast<const A*>(arguments[I])...);
}
template <class... A>
inline void call(void (*f)(A...), void* const* arguments) {
  call(f, arguments, Indices<__integer_pack(sizeof...(A))...>{});
}
template <class... A>
inline int sizes(void (*)(A...), unsigned* into) {
  const unsigned all[] = {sizeof(A)..., 0};
  for (size_t i = 0; i < sizeof...(A); i++) into[i] = all[i];
  return static_cast<int>(sizeof...(A));
}

inline int lane() {
  const Index at = context.thread, of = context.block_dim;
  return static_cast<int>(((at.z * of.y + at.y) * of.x + at.x) % 32);
}
inline Meeting meet(unsigned mask, int line, int source, uint64_t value, unsigned bit) {
  Meeting m{mask, line, source, value, bit << lane()};
  context.meet(m);
  return m;
}
/// The value of another lane; `source` beyond its group of `width` lanes is the thread's own.
template <class T>
inline T shuffle(unsigned mask, T v, int source, int width, int line) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8);
  const int first = lane() & ~(width - 1);
  if (source < first || source >= first + width) source = lane();
  uint64_t bits = 0;
  __builtin_memcpy(&bits, &v, sizeof v);
  bits = meet(mask, line, source, bits, 0).value;
  __builtin_memcpy(&v, &bits, sizeof v);
  return v;
}

}  // namespace simt

#define SIMT_EXPORT extern "C" __attribute__((visibility("default")))
SIMT_EXPORT simt::Context* simt_context() { return &simt::context; }
// The linker gathers shared variables in one section. Each block finds poison in them.
extern "C" __attribute__((weak, visibility("hidden"))) unsigned __start_simt_shared[], __stop_simt_shared[];
SIMT_EXPORT void simt_poison_shared() {
  for (volatile unsigned* p = __start_simt_shared; p + 1 <= __stop_simt_shared; p++) *p = simt::poison;
}
/// One thread of a kernel; the sizes of its arguments.
#define SIMT_ENTRY(name)                                                                  \
  SIMT_EXPORT void name##_thread(void* const* arguments) { simt::call(name, arguments); } \
  SIMT_EXPORT int name##_sizes(unsigned* into) { return simt::sizes(name, into); }

#define __global__
#define __device__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __shared__ static __attribute__((section("simt_shared")))
#define threadIdx (simt::context.thread)
#define blockIdx (simt::context.block)
#define blockDim (simt::context.block_dim)
#define gridDim (simt::context.grid_dim)

#define __syncthreads() simt::context.barrier(__LINE__)
template <class T>
static inline T __shfl_sync(unsigned mask, T v, int source, int width = 32, int line = __builtin_LINE()) {
  return simt::shuffle(mask, v, (simt::lane() & ~(width - 1)) + (source & (width - 1)), width, line);
}
template <class T>
static inline T __shfl_down_sync(unsigned mask, T v, unsigned by, int width = 32, int line = __builtin_LINE()) {
  return simt::shuffle(mask, v, simt::lane() + static_cast<int>(by), width, line);
}
static inline unsigned __ballot_sync(unsigned mask, int predicate, int line = __builtin_LINE()) {
  return simt::meet(mask, line, simt::lane(), 0, predicate != 0).ballot;
}

// Of float32 under the names of float64, as C++ and CUDA have them.
#define SIMT_OF_ONE(name) \
  static inline float name(float a) { return name##f(a); }
#define SIMT_OF_TWO(name) \
  static inline float name(float a, float b) { return name##f(a, b); }
SIMT_OF_ONE(fabs)
SIMT_OF_ONE(sqrt)
SIMT_OF_ONE(cbrt)
SIMT_OF_ONE(floor)
SIMT_OF_ONE(ceil)
SIMT_OF_ONE(trunc)
SIMT_OF_ONE(rint)
SIMT_OF_ONE(exp)
SIMT_OF_ONE(exp2)
SIMT_OF_ONE(expm1)
SIMT_OF_ONE(log)
SIMT_OF_ONE(log2)
SIMT_OF_ONE(log10)
SIMT_OF_ONE(log1p)
SIMT_OF_ONE(sin)
SIMT_OF_ONE(cos)
SIMT_OF_ONE(tan)
SIMT_OF_ONE(asin)
SIMT_OF_ONE(acos)
SIMT_OF_ONE(atan)
SIMT_OF_ONE(sinh)
SIMT_OF_ONE(cosh)
SIMT_OF_ONE(tanh)
SIMT_OF_ONE(erf)
SIMT_OF_TWO(pow)
SIMT_OF_TWO(fmod)
SIMT_OF_TWO(hypot)
SIMT_OF_TWO(atan2)
SIMT_OF_TWO(copysign)
SIMT_OF_TWO(fmin)
SIMT_OF_TWO(fmax)

// Functions that CUDA has and the C library hasn't.
static inline double sinpi(double a) {
  const double n = rint(a), s = sin((a - n) * 0x1.921fb54442d18p+1);
  return fmod(n, 2.0) == 0 ? s : -s;
}
static inline float sinpif(float a) { return static_cast<float>(sinpi(static_cast<double>(a))); }
static inline double cospi(double a) { return sinpi(0.5 - fabs(fmod(a, 2.0))); }
static inline float cospif(float a) { return static_cast<float>(cospi(static_cast<double>(a))); }
/// exp(x) times the mean of exp(x (cos t - 1)) over the circle: of a periodic function few points give all digits.
static inline double cyl_bessel_i0(double a) {
  if (!(fabs(a) < 720)) return a != a ? a : INFINITY;
  const long double x = fabs(a);
  const int n = 40 + static_cast<int>(14 * sqrtl(x));
  long double sum = 0;
  for (int k = 0; k < n; k++) sum += expl(x * (cosl(6.28318530717958647692528676655900576L * k / n) - 1));
  return static_cast<double>(expl(x) * (sum / n));
}
static inline float cyl_bessel_i0f(float a) { return static_cast<float>(cyl_bessel_i0(static_cast<double>(a))); }
