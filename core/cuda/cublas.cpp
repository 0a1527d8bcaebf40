#include <tessera/core/cuda/cublas.hpp>

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <complex>
#include <cstdlib>
#include <string_view>

#include <tessera/core/cuda/load.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cuda {
namespace {

// cuBLAS's own constants.
enum : int { as_it_is = 0, transposed = 1, default_math = 0, tf32_math = 3, no_atomics = 0 };

bool load(Cublas& blas, std::string& why) {
  void* library = open_library("TESSERA_CUBLAS", {"libcublas.so.13", "libcublas.so.12"}, why);
  if (!library) return false;
#define TESSERA_FIND(name, arguments)                                       \
  blas.name = reinterpret_cast<Result(*) arguments>(dlsym(library, #name)); \
  if (!blas.name && why.empty()) why = fmt::format("cuBLAS has no {}", #name);
  TESSERA_CUBLAS_FUNCTIONS(TESSERA_FIND)
#undef TESSERA_FIND
  return why.empty();
}

void check_status(Result status, const char* what) {
  if (status != success) throw IoError(fmt::format("cuda: {}: error {} of cuBLAS", what, status));
}

/// Whether factors of float32 may be rounded to TF32.
bool rounds_to_tf32() {
  const char* wish = std::getenv("TESSERA_TF32");
  const std::string_view text = wish ? wish : "";
  if (text != "" && text != "0" && text != "1")
    throw UsageError(
        fmt::format("TESSERA_TF32 is '{}': it can be 1, for products of float32 by tensor cores, or 0", text));
  return text == "1";
}

int narrow(std::int64_t n) {
  if (n > 0x7fffffff) throw UsageError("a row of a matrix is longer than cuBLAS takes: " + std::to_string(n));
  return static_cast<int>(n);
}

// It counts columns, so the rows of c = a b are the columns of c' = b' a'.
template <class T, class Gemm>
Result gemm(Gemm f, cublasHandle_t handle, const MatrixProduct& p) {
  constexpr auto item = static_cast<std::int64_t>(sizeof(T));
  const auto row = [&](std::int64_t bytes, std::int64_t length) { return narrow(std::max(bytes / item, length)); };
  const T one(1), beta(p.add ? 1 : 0);
  return f(handle, p.b_by_columns ? transposed : as_it_is, p.a_by_columns ? transposed : as_it_is, narrow(p.n),
           narrow(p.m), narrow(p.k), &one, reinterpret_cast<const T*>(p.b), row(p.b_row, p.b_by_columns ? p.k : p.n),
           reinterpret_cast<const T*>(p.a), row(p.a_row, p.a_by_columns ? p.m : p.k), &beta, reinterpret_cast<T*>(p.c),
           row(p.c_row, p.n));
}

}  // namespace

const Cublas* find_cublas(std::string& why) { return find_table<Cublas>(load, why); }

std::string cublas_description() {
  std::string why;
  const Cublas* blas = find_cublas(why);
  if (!blas) return "no cuBLAS, so products are the CPU's: " + why;
  int major = 0, minor = 0;
  check_status(blas->cublasGetProperty(0, &major), "cublasGetProperty");
  check_status(blas->cublasGetProperty(1, &minor), "cublasGetProperty");
  return fmt::format("cuBLAS {}.{}{}", major, minor, rounds_to_tf32() ? " in TF32" : "");
}

Products::Products(std::shared_ptr<const Context> context) : context_(std::move(context)), tf32_(rounds_to_tf32()) {}

Products::~Products() {
  std::string none;
  if (const Cublas* blas = handles_.empty() ? nullptr : find_cublas(none))
    for (const auto& [stream, handle] : handles_) blas->cublasDestroy_v2(handle);
}

bool Products::have(DType type) const {
  std::string none;
  return is_inexact(type) && find_cublas(none) != nullptr;
}

std::int64_t Products::workspace_bytes() const {
  return std::int64_t{context_->compute_capability() >= 90 ? 32 : 4} << 20;
}

// What a handle is told goes before its workspace: a new stream takes that away.
cublasHandle_t Products::handle(const Cublas& blas, CUstream stream, std::byte* workspace) {
  std::lock_guard lock(mutex_);
  cublasHandle_t& known = handles_[stream];
  if (!known) {
    check_status(blas.cublasCreate_v2(&known), "cublasCreate");
    check_status(blas.cublasSetStream_v2(known, stream), "cublasSetStream");
    check_status(blas.cublasSetMathMode(known, tf32_ ? tf32_math : default_math), "cublasSetMathMode");
    check_status(blas.cublasSetAtomicsMode(known, no_atomics), "cublasSetAtomicsMode");
  }
  check_status(blas.cublasSetWorkspace_v2(known, workspace, static_cast<std::size_t>(workspace_bytes())),
               "cublasSetWorkspace");
  return known;
}

void Products::multiply(CUstream stream, DType type, const MatrixProduct& p, std::byte* workspace) {
  std::string why;
  const Cublas* blas = find_cublas(why);
  if (!blas) throw InternalError("cuda: a product without cuBLAS: " + why);
  context_->enter();
  const cublasHandle_t h = handle(*blas, stream, workspace);
  if (type == DType::float32)
    check_status(gemm<float>(blas->cublasSgemm_v2, h, p), "cublasSgemm");
  else if (type == DType::float64)
    check_status(gemm<double>(blas->cublasDgemm_v2, h, p), "cublasDgemm");
  else if (type == DType::complex64)
    check_status(gemm<std::complex<float>>(blas->cublasCgemm_v2, h, p), "cublasCgemm");
  else
    check_status(gemm<std::complex<double>>(blas->cublasZgemm_v2, h, p), "cublasZgemm");
}

}  // namespace tessera::cuda
