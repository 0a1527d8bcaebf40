#include <cmath>

#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/products.hpp>
#include <tessera/core/ops/reductions.hpp>
#include <tessera/core/ops/reshape.hpp>
#include <tessera/core/ops/shape_functions.hpp>

namespace tessera {
namespace {

std::string shown(const NormOrder& ord) {
  if (const auto* name = std::get_if<std::string>(&ord)) return "'" + *name + "'";
  const double p = std::get<double>(ord);
  const auto whole = static_cast<std::int64_t>(std::isfinite(p) ? p : 0);
  return static_cast<double>(whole) == p ? std::to_string(whole) : to_string(Scalar(p));
}

Array vectors(const Array& x, const NormOrder& ord, const Axes& axis, bool keepdims) {
  if (std::holds_alternative<std::string>(ord))
    throw ValueError("norm: the order " + shown(ord) + " is of matrices; vectors have numbers");
  const auto* p = std::get_if<double>(&ord);
  return vector_norm(x, p ? *p : 2, {.axis = axis, .keepdims = keepdims});
}

Array matrices(const Array& x, const NormOrder& ord, std::int64_t rows, std::int64_t columns, bool keepdims) {
  const auto* name = std::get_if<std::string>(&ord);
  if (std::holds_alternative<std::monostate>(ord) || (name && *name == "fro"))
    return vector_norm(x, 2, {.axis = Axes(std::vector<std::int64_t>{rows, columns}), .keepdims = keepdims});
  const auto* p = std::get_if<double>(&ord);
  if ((name && *name == "nuc") || (p && std::abs(*p) == 2))
    throw ValueError("norm: the order " + shown(ord) + " of matrices needs singular values, which there are not yet");
  if (!p || (std::abs(*p) != 1 && !std::isinf(*p)))
    throw ValueError("norm: matrices have no order " + shown(ord) + "; there are 'fro', 1, -1, inf and -inf");
  const bool by_columns = std::abs(*p) == 1;
  const Array sums = vector_norm(x, 1, {.axis = by_columns ? rows : columns, .keepdims = true});
  const ReduceOptions along{.axis = by_columns ? columns : rows, .keepdims = true};
  const Array norms = *p > 0 ? max(sums, along) : min(sums, along);
  return keepdims ? norms : squeeze(norms, {rows, columns});
}

}  // namespace

Array norm(const Array& x, const NormOptions& o) {
  if (!o.axis.given()) {
    if (std::holds_alternative<std::monostate>(o.ord)) return vector_norm(x, 2, {.keepdims = o.keepdims});
    if (x.rank() == 1) return vectors(x, o.ord, 0, o.keepdims);
    if (x.rank() == 2) return matrices(x, o.ord, 0, 1, o.keepdims);
    throw ShapeError("norm: an array of shape " + to_string(x.shape()) +
                     " is neither a vector nor a matrix; axis says which of its axes are");
  }
  const std::vector<std::int64_t> axes = *o.axis.given();
  if (axes.size() == 1) {
    normalize_axis(axes[0], x.rank(), "norm");  // throws ShapeError
    return vectors(x, o.ord, o.axis, o.keepdims);
  }
  if (axes.size() != 2)
    throw ShapeError("norm: " + std::to_string(axes.size()) + " axes; one is of vectors, two of matrices");
  const int rows = normalize_axis(axes[0], x.rank(), "norm"), columns = normalize_axis(axes[1], x.rank(), "norm");
  if (rows == columns) throw ShapeError("norm: axis " + std::to_string(rows) + " is given twice");
  return matrices(x, o.ord, rows, columns, o.keepdims);
}

}  // namespace tessera
