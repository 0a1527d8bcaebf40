#pragma once
// OpenBLAS, loaded when it is first needed. Linked, it would take 8 ms and 2 MB of every process that starts, with the
// threads that some of its packages make; and a host program keeps whichever it has loaded itself.
#include <tessera/core/device/host_products.hpp>

namespace tessera::cpu {

/// The functions of the library that are used here, by its own prototypes; constants are CBLAS's.
struct Blas {
  using Real = void (*)(int order, int ta, int tb, int m, int n, int k, double alpha, const void* a, int lda,
                        const void* b, int ldb, double beta, void* c, int ldc);
  using Single = void (*)(int order, int ta, int tb, int m, int n, int k, float alpha, const void* a, int lda,
                          const void* b, int ldb, float beta, void* c, int ldc);
  using Complex = void (*)(int order, int ta, int tb, int m, int n, int k, const void* alpha, const void* a, int lda,
                           const void* b, int ldb, const void* beta, void* c, int ldc);
  Single sgemm;
  Real dgemm;
  Complex cgemm, zgemm;
  void (*set_threads)(int);
  int (*threads)();
  int (*parallel)();
  const char* (*kernels)();
  const char* (*configuration)();
};

/// throws UsageError that says what to install when it is not there.
const Blas& blas();

/// A library that was built without threads hands out the buffers of its calls without a lock (unless it was built with
/// USE_LOCKING, which it doesn't tell): two calls at once may share one and both be wrong. Such calls take turns.
bool takes_turns(const Blas& blas);

}  // namespace tessera::cpu
