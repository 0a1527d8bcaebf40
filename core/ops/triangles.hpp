#pragma once
// Matrices by their diagonals, under NumPy's names and rules. Lazy. Diagonal k holds the elements (i, i + k).
#include <tessera/core/ops/index_arrays.hpp>
#include <tessera/core/ops/reshape.hpp>

namespace tessera {

/// Ones on diagonal k and below, zeros above: shape (rows, columns), square when columns is absent.
TESSERA_API Array tri(std::int64_t rows, std::optional<std::int64_t> columns = {}, std::int64_t k = 0,
                      const CreateArrayOptions& options = {});
/// x with zeros above diagonal k of the last two axes; of a 1-d array every row is x. throws ShapeError for a 0-d one.
TESSERA_API Array tril(const Array& x, std::int64_t k = 0);
/// x with zeros below diagonal k.
TESSERA_API Array triu(const Array& x, std::int64_t k = 0);
/// Of a 1-d array the matrix that has it on diagonal k and zeros elsewhere, of a matrix its diagonal. throws ShapeError
/// for others.
TESSERA_API Array diag(const Array& x, std::int64_t k = 0);

struct TraceOptions {
  std::int64_t offset = 0, axis1 = 0, axis2 = 1;
  std::optional<DType> dtype{};
};
/// The sum of a diagonal, with the dtypes of `sum`. throws ShapeError as `diagonal` does.
TESSERA_API Array trace(const Array& x, const TraceOptions& options = {});

}  // namespace tessera
