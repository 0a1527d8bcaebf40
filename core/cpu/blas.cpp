#include <tessera/core/cpu/blas.hpp>

#include <dlfcn.h>

#include <algorithm>
#include <complex>
#include <cstdlib>
#include <mutex>

#include <tessera/core/cpu/integer_products.hpp>
#include <tessera/core/device/product_library.hpp>
#include <tessera/core/errors.hpp>
#include <tessera/core/sizes.hpp>

namespace tessera {
namespace cpu {
namespace {

constexpr const char* library_name = "libopenblas.so.0";

template <class F>
void find(void* library, const char* name, F& to) {
  to = reinterpret_cast<F>(dlsym(library, name));
  if (to == nullptr) throw UsageError(std::string("products need OpenBLAS: ") + library_name + " lacks " + name);
}

// While it is loaded it starts as many threads as there are processors, for calls that are never made here: on a node of
// many ranks as many times. One that a host program has loaded already keeps its own.
void* load_without_threads() {
  constexpr const char* variable = "OPENBLAS_NUM_THREADS";
  if (std::getenv(variable) != nullptr) return dlopen(library_name, RTLD_LAZY | RTLD_LOCAL);
  setenv(variable, "1", 0);
  void* library = dlopen(library_name, RTLD_LAZY | RTLD_LOCAL);
  unsetenv(variable);
  return library;
}

Blas load() {
  void* library = load_without_threads();
  if (library == nullptr) {
    const char* why = dlerror();
    throw UsageError(std::string("products need OpenBLAS, which can't be loaded: ") + (why ? why : library_name) +
                     "; Debian has it as libopenblas0-pthread");
  }
  Blas b{};
  find(library, "cblas_sgemm", b.sgemm), find(library, "cblas_dgemm", b.dgemm);
  find(library, "cblas_cgemm", b.cgemm), find(library, "cblas_zgemm", b.zgemm);
  find(library, "openblas_set_num_threads", b.set_threads), find(library, "openblas_get_num_threads", b.threads);
  find(library, "openblas_get_corename", b.kernels), find(library, "openblas_get_parallel", b.parallel);
  find(library, "openblas_get_config", b.configuration);
  return b;
}

// Never more than 8192 (core/kernel/contraction.hpp), but for rows that lie far apart.
int narrow(std::int64_t n) {
  if (n > 0x7fffffff) throw ValueError("a row of a matrix is longer than OpenBLAS takes: " + std::to_string(n));
  return static_cast<int>(n);
}

std::mutex turn;

template <class Gemm, class Factor>
void call(Gemm gemm, std::int64_t item, const MatrixProduct& p, Factor one, Factor beta) {
  constexpr int row_major = 101, as_it_is = 111;
  const auto row = [&](std::int64_t bytes, std::int64_t length) { return narrow(std::max(bytes / item, length)); };
  std::unique_lock lock(turn, std::defer_lock);
  if (takes_turns(blas())) lock.lock();
  gemm(row_major, as_it_is, as_it_is, narrow(p.m), narrow(p.n), narrow(p.k), one, p.a, row(p.a_row, p.k), p.b,
       row(p.b_row, p.n), beta, p.c, row(p.c_row, p.n));
}

}  // namespace

const Blas& blas() {
  static const Blas loaded = load();  // an exception leaves it for the next caller to try
  return loaded;
}

bool takes_turns(const Blas& blas) { return blas.parallel() == 0; }

}  // namespace cpu

void multiply_matrices(DType type, const MatrixProduct& p) {
  const std::int64_t item = item_size(type);
  if (type == DType::float64) {
    cpu::call(cpu::blas().dgemm, item, p, 1.0, p.add ? 1.0 : 0.0);
  } else if (type == DType::float32) {
    cpu::call(cpu::blas().sgemm, item, p, 1.0F, p.add ? 1.0F : 0.0F);
  } else if (type == DType::complex128) {
    const std::complex<double> one(1), beta(p.add ? 1 : 0);
    cpu::call<cpu::Blas::Complex, const void*>(cpu::blas().zgemm, item, p, &one, &beta);
  } else if (type == DType::complex64) {
    const std::complex<float> one(1), beta(p.add ? 1 : 0);
    cpu::call<cpu::Blas::Complex, const void*>(cpu::blas().cgemm, item, p, &one, &beta);
  } else {
    cpu::multiply_integers(type, p);
  }
}

std::int64_t product_bytes(DType type, std::int64_t m, std::int64_t n, std::int64_t k) {
  if (!is_inexact(type)) return 0;
  // It copies up to 1024 of k of both matrices.
  constexpr std::int64_t most = 1024;
  return ((Amount(m) + n) * std::min(k, most) * item_size(type)).value() + (std::int64_t{1} << 20);
}

void add_elements(DType type, std::int64_t n, std::byte* a, const std::byte* b) {
  visit_dtype(type, [&]<class T>(T) {
    T* to = reinterpret_cast<T*>(a);
    const T* from = reinterpret_cast<const T*>(b);
    if constexpr (std::is_same_v<T, bool>) {
      for (std::int64_t i = 0; i < n; i++) to[i] = to[i] || from[i];
    } else if constexpr (std::is_integral_v<T>) {
      using U = std::make_unsigned_t<T>;
      for (std::int64_t i = 0; i < n; i++) to[i] = static_cast<T>(static_cast<U>(to[i]) + static_cast<U>(from[i]));
    } else {
      for (std::int64_t i = 0; i < n; i++) to[i] = to[i] + from[i];
    }
  });
}

ProductLibraryState product_library_state() {
  try {
    const cpu::Blas& blas = cpu::blas();
    return {true, cpu::takes_turns(blas), blas.configuration()};
  } catch (const UsageError& error) {
    return {false, false, error.what()};
  }
}

ProductLibrary::ProductLibrary(DType type) {
  if (!is_inexact(type)) return;
  const cpu::Blas& blas = cpu::blas();
  kernels_ = blas.kernels();
  threads_ = blas.threads();
  if (threads_ != 1) blas.set_threads(1);
}

ProductLibrary::~ProductLibrary() {
  if (threads_ > 1) cpu::blas().set_threads(threads_);
}

}  // namespace tessera
