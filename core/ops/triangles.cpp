#include <tessera/core/ops/triangles.hpp>

#include <algorithm>

#include <tessera/core/ops/concat.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/reductions.hpp>
#include <tessera/core/ops/shape_functions.hpp>
#include <tessera/core/ops/source_node.hpp>

namespace tessera {
namespace {

/// Whether (i, j) lies on diagonal k or below.
Array is_below(std::int64_t rows, std::int64_t columns, std::int64_t k, const Dims& chunks) {
  const std::int64_t shift = std::clamp(k, -rows, columns);  // beyond, there is no diagonal
  const auto only = [&](int axis) { return chunks.empty() ? Dims{} : Dims{chunks[axis]}; };
  const Array i = arange(Scalar(shift), Scalar(checked_add(shift, rows)), Scalar(1), DType::int64, only(0));
  const Array j = arange(Scalar(0), Scalar(columns), Scalar(1), DType::int64, only(1));
  return greater_equal(expand_dims(i, 1), j);
}

Array below(const Array& x, std::int64_t k, const char* name) {
  if (x.rank() == 0) throw ShapeError(std::string(name) + ": a 0-d array has no diagonals");
  const std::int64_t columns = x.shape().back(), rows = x.rank() == 1 ? columns : x.shape()[x.rank() - 2];
  return is_below(rows, columns, k, {});
}

Operand zero_of(const Array& x) { return x.dtype() == DType::bool_ ? Operand(Scalar(false)) : Operand(Scalar(0)); }

}  // namespace

Array tri(std::int64_t rows, std::optional<std::int64_t> columns, std::int64_t k, const CreateArrayOptions& o) {
  const Shape shape{rows, columns.value_or(rows)};
  const Dims chunks = grid_for(shape, o.dtype, o.chunks).largest();
  if (num_elements(shape) == 0) return zeros(shape, {.dtype = o.dtype, .chunks = {}});
  return astype(is_below(rows, shape[1], k, chunks), o.dtype);
}

Array tril(const Array& x, std::int64_t k) { return where(below(x, k, "tril"), x, zero_of(x)); }

Array triu(const Array& x, std::int64_t k) {
  const std::int64_t before = k == std::numeric_limits<std::int64_t>::min() ? k : k - 1;
  return where(below(x, before, "triu"), zero_of(x), x);
}

Array diag(const Array& x, std::int64_t k) {
  if (x.rank() == 2) return diagonal(x, k);
  if (x.rank() != 1) throw ShapeError("diag: an array of shape " + to_string(x.shape()) + " has not one or two axes");
  const std::int64_t apart = k < 0 ? checked_multiply(k, -1) : k, n = checked_add(x.size(), apart);
  // By rows: what row i has on the diagonal.
  const Array none = zeros({apart}, {.dtype = x.dtype(), .chunks = {}});
  const Array rows = k < 0 ? concat({none, x}) : concat({x, none});
  return where(eye(n, n, k, {.dtype = DType::bool_, .chunks = {}}), expand_dims(rows, 1), zero_of(x));
}

Array trace(const Array& x, const TraceOptions& o) {
  ReduceOptions options;
  options.axis = -1, options.dtype = o.dtype;
  return sum(diagonal(x, o.offset, o.axis1, o.axis2), options);
}

}  // namespace tessera
