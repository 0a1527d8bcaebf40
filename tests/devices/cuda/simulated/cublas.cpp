// cuBLAS without a GPU, as a shared object of its own, which TESSERA_CUBLAS names: its products are given to the streams of the simulated
// driver, write to their handle's workspace, and are refused where operands are not the GPU's. Handles must have been told what bits depend
// on: a stream, then a workspace, no atomics.
#include <dlfcn.h>

#include <atomic>
#include <complex>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <tessera/core/cuda/cublas.hpp>

#define EXPORT extern "C" __attribute__((visibility("default")))
using tessera::cuda::Result;

struct cublasContext {
  CUstream stream = nullptr;
  char* workspace = nullptr;
  std::size_t workspace_bytes = 0;
  bool math_is_set = false, tf32 = false, atomics_are_set = false;
};

namespace {

enum : Result { ok = 0, not_initialized = 1, invalid_value = 7, execution_failed = 13 };

/// What the simulated driver has for other libraries.
template <class F>
F of_driver(const char* name) {
  const char* file = std::getenv("TESSERA_CUDA_DRIVER");
  void* library = file ? dlopen(file, RTLD_NOW | RTLD_NOLOAD) : nullptr;
  return library ? reinterpret_cast<F>(dlsym(library, name)) : nullptr;
}

/// Rounded to 10 bits behind the point, to nearest, ties away from zero.
float to_tf32(float v) {
  std::uint32_t bits;
  std::memcpy(&bits, &v, sizeof bits);
  if ((bits >> 23 & 0xFF) != 0xFF) bits = (bits + 0x1000) & ~0x1FFFu;
  std::memcpy(&v, &bits, sizeof v);
  return v;
}
double to_tf32(double v) { return v; }
std::complex<float> to_tf32(std::complex<float> v) { return {to_tf32(v.real()), to_tf32(v.imag())}; }
std::complex<double> to_tf32(std::complex<double> v) { return v; }

template <class T>
struct Call {
  int m, n, k, lda, ldb, ldc;  // as cuBLAS counts: columns lie one after another
  bool ta, tb;                 // of transposed operands rows do
  const T *a, *b;
  T alpha, beta;
  T* c;
  char* workspace;
  std::size_t workspace_bytes;
  bool tf32;

  T at(const T* matrix, int row, int column, int ld) const {
    const T v = matrix[row + std::ptrdiff_t{column} * ld];
    return tf32 ? to_tf32(v) : v;
  }
  void run() const {
    std::memset(workspace, 0xA5,
                workspace_bytes);  // who shares it with another stream, or has given it away, sees that
    for (int j = 0; j < n; j++)
      for (int i = 0; i < m; i++) {
        T sum(0);
        for (int l = 0; l < k; l++) sum += at(a, ta ? l : i, ta ? i : l, lda) * at(b, tb ? j : l, tb ? l : j, ldb);
        T& to = c[i + std::ptrdiff_t{j} * ldc];
        to = beta == T(0) ? alpha * sum : alpha * sum + beta * to;
      }
  }
};

/// Bytes from the first element of a matrix to the end of its last.
template <class T>
std::size_t extent(int rows, int columns, int ld) {
  return (static_cast<std::size_t>(columns - 1) * static_cast<std::size_t>(ld) + static_cast<std::size_t>(rows)) *
         sizeof(T);
}

std::atomic<long long> calls{0};

template <class T>
Result gemm(cublasHandle_t h, int ta, int tb, int m, int n, int k, const T* alpha, const T* a, int lda, const T* b,
            int ldb, const T* beta, T* c, int ldc) {
  const auto has = of_driver<bool (*)(const void*, std::size_t)>("simulated_has");
  const auto later = of_driver<Result (*)(CUstream, void (*)(void*), void*)>("simulated_later");
  if (!has || !later || !h->workspace || !h->math_is_set || !h->atomics_are_set) return not_initialized;
  if (ta < 0 || ta > 1 || tb < 0 || tb > 1 || m < 1 || n < 1 || k < 1 || lda < (ta ? k : m) || ldb < (tb ? n : k) ||
      ldc < m)
    return invalid_value;
  if (!has(a, ta ? extent<T>(k, m, lda) : extent<T>(m, k, lda)) ||
      !has(b, tb ? extent<T>(n, k, ldb) : extent<T>(k, n, ldb)) || !has(c, extent<T>(m, n, ldc)) ||
      !has(h->workspace, h->workspace_bytes))
    return invalid_value;
  calls++;
  auto* call = new Call<T>{
      m, n, k, lda, ldb, ldc, ta != 0, tb != 0, a, b, *alpha, *beta, c, h->workspace, h->workspace_bytes, h->tf32};
  const Result given = later(
      h->stream,
      [](void* p) {
        const std::unique_ptr<const Call<T>> one(static_cast<const Call<T>*>(p));
        one->run();
      },
      call);
  return given == ok ? ok : Result{execution_failed};
}

}  // namespace

/// How many products it has been asked for.
EXPORT long long simulated_products() { return calls; }
EXPORT Result cublasCreate_v2(cublasHandle_t* h) { return *h = new cublasContext, ok; }
EXPORT Result cublasDestroy_v2(cublasHandle_t h) { return delete h, ok; }
EXPORT Result cublasGetProperty(int property, int* value) {
  return *value = property == 0 ? 12 : property == 1 ? 4 : 0, ok;
}
EXPORT Result cublasSetStream_v2(cublasHandle_t h, CUstream s) {
  h->workspace = nullptr;  // as the library's goes back to its own
  return h->stream = s, ok;
}
EXPORT Result cublasSetWorkspace_v2(cublasHandle_t h, void* p, std::size_t bytes) {
  if (reinterpret_cast<std::uintptr_t>(p) % 256 != 0) return invalid_value;
  return h->workspace = static_cast<char*>(p), h->workspace_bytes = bytes, ok;
}
EXPORT Result cublasSetMathMode(cublasHandle_t h, int mode) {
  return h->tf32 = mode == 3, h->math_is_set = mode == 0 || mode == 3, ok;
}
EXPORT Result cublasSetAtomicsMode(cublasHandle_t h, int mode) { return h->atomics_are_set = mode == 0, ok; }

#define GEMM(name, T)                                                                                            \
  EXPORT Result name(cublasHandle_t h, int ta, int tb, int m, int n, int k, const T* alpha, const T* a, int lda, \
                     const T* b, int ldb, const T* beta, T* c, int ldc) {                                        \
    return gemm(h, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);                                        \
  }
GEMM(cublasSgemm_v2, float)
GEMM(cublasDgemm_v2, double)
GEMM(cublasCgemm_v2, std::complex<float>)
GEMM(cublasZgemm_v2, std::complex<double>)
