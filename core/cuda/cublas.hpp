#pragma once
// What is used of cuBLAS, as a table of functions, and the products of matrices that it makes. It is loaded by name when a session has a GPU
// (TESSERA_CUBLAS, else libcublas.so.13 or .12); where there is none, products are the CPU's.
#include <complex>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <tessera/core/cuda/streams.hpp>
#include <tessera/core/device/host_products.hpp>

extern "C" {
typedef struct cublasContext* cublasHandle_t;
}

namespace tessera::cuda {

#define TESSERA_CUBLAS_GEMM(F, name, T)                                                                     \
  F(name, (cublasHandle_t handle, int ta, int tb, int m, int n, int k, const T* alpha, const T* a, int lda, \
           const T* b, int ldb, const T* beta, T* c, int ldc))
// Complex numbers are pairs, as the library's own are.
#define TESSERA_CUBLAS_FUNCTIONS(F)                                                     \
  F(cublasCreate_v2, (cublasHandle_t * handle))                                         \
  F(cublasDestroy_v2, (cublasHandle_t handle))                                          \
  F(cublasGetProperty, (int property, int* value))                                      \
  F(cublasSetStream_v2, (cublasHandle_t handle, CUstream stream))                       \
  F(cublasSetWorkspace_v2, (cublasHandle_t handle, void* workspace, std::size_t bytes)) \
  F(cublasSetMathMode, (cublasHandle_t handle, int mode))                               \
  F(cublasSetAtomicsMode, (cublasHandle_t handle, int mode))                            \
  TESSERA_CUBLAS_GEMM(F, cublasSgemm_v2, float)                                         \
  TESSERA_CUBLAS_GEMM(F, cublasDgemm_v2, double)                                        \
  TESSERA_CUBLAS_GEMM(F, cublasCgemm_v2, std::complex<float>)                           \
  TESSERA_CUBLAS_GEMM(F, cublasZgemm_v2, std::complex<double>)

struct Cublas {
#define TESSERA_MEMBER(name, arguments) Result(*name) arguments = nullptr;
  TESSERA_CUBLAS_FUNCTIONS(TESSERA_MEMBER)
#undef TESSERA_MEMBER
};

/// Loaded once a process. null: `why` says why there is none.
const Cublas* find_cublas(std::string& why);

/// "cuBLAS 13.0", "cuBLAS 13.0 in TF32", or that there is none. throws UsageError as Products does.
std::string cublas_description();

/// Products by cuBLAS, set so that runs repeat: a handle and a workspace for each stream, no atomics, float32 in float32; where TESSERA_TF32 is 1,
/// tensor cores make those of float32 and complex64, of factors that are rounded to 10 bits behind the point.
class Products {
 public:
  /// throws UsageError when TESSERA_TF32 is neither 0 nor 1.
  explicit Products(std::shared_ptr<const Context> context);
  ~Products();
  Products(const Products&) = delete;
  Products& operator=(const Products&) = delete;

  /// Real and complex floating numbers, where the library is there.
  bool have(DType type) const;
  /// What NVIDIA advises for the GPU.
  std::int64_t workspace_bytes() const;
  /// As Device::multiply. throws IoError; UsageError for rows further apart than the library takes.
  void multiply(CUstream stream, DType type, const MatrixProduct& p, std::byte* workspace);

 private:
  cublasHandle_t handle(const Cublas& blas, CUstream stream, std::byte* workspace);

  const std::shared_ptr<const Context> context_;
  const bool tf32_;
  std::mutex mutex_;
  std::map<CUstream, cublasHandle_t> handles_;
};

}  // namespace tessera::cuda
