#pragma once
// Products of matrices in the host's memory: floating and complex ones by OpenBLAS (core/cpu/blas.cpp), integers and bools
// by kernels of ours (core/cpu/integer_products.cpp). A device that has a BLAS of its own stands behind the same call.
#include <cstddef>
#include <cstdint>
#include <string>

#include <tessera/core/dtype.hpp>
#include <tessera/core/export.hpp>

namespace tessera {

/// c = a b, or c += a b. All row-major: elements of a row lie one after another, rows so many bytes apart (whole elements). A device
/// also takes operands of which columns lie so, and are so far apart.
struct MatrixProduct {
  std::int64_t m, n, k;  ///< 1 or more each
  const std::byte* a;    ///< (m, k)
  std::int64_t a_row;
  const std::byte* b;  ///< (k, n)
  std::int64_t b_row;
  std::byte* c;  ///< (m, n)
  std::int64_t c_row;
  bool add;  ///< to what c holds; otherwise that is not read
  bool a_by_columns = false, b_by_columns = false;
};

/// On the caller's thread alone. Elements of c depend on the whole call, not on where matrices lie.
TESSERA_API void multiply_matrices(DType type, const MatrixProduct& p);
/// Bytes that a call with matrices of at most these extents takes of the process, for each thread.
TESSERA_API std::int64_t product_bytes(DType type, std::int64_t m, std::int64_t n, std::int64_t k);
/// a[i] = a[i] + b[i]
TESSERA_API void add_elements(DType type, std::int64_t n, std::byte* a, const std::byte* b);

/// What products of `type` need: held while they are made, by one thread of the rank.
class TESSERA_API ProductLibrary {
 public:
  /// Loads OpenBLAS when this process first needs it (a command that multiplies nothing shall not wait for its threads),
  /// and has it use the calling thread alone until this dies. throws UsageError when it can't be loaded.
  explicit ProductLibrary(DType type);
  ~ProductLibrary();
  ProductLibrary(const ProductLibrary&) = delete;
  ProductLibrary& operator=(const ProductLibrary&) = delete;
  /// The kernels that it has chosen for the processor, which decide bits: "SkylakeX"; empty where there is no choice.
  const std::string& kernels() const { return kernels_; }

 private:
  std::string kernels_;
  int threads_ = 0;  // that OpenBLAS used before; 0: it is not used
};

}  // namespace tessera
