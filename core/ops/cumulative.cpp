#include <tessera/core/ops/cumulative.hpp>

#include <limits>
#include <string>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/ops/concat.hpp>
#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/fold_builder.hpp>
#include <tessera/core/ops/reshape.hpp>
#include <tessera/core/ops/shape_functions.hpp>

namespace tessera {
namespace {

int scanned_axis(const Array& x, std::optional<std::int64_t> axis, const std::string& name) {
  const int rank = x.rank();
  if (rank == 0) throw ShapeError(name + ": a 0-d array has no axis; expand_dims gives it one");
  if (!axis && rank > 1)
    throw ShapeError(name + ": an array of shape " + to_string(x.shape()) + " needs an axis; 0 to " +
                     std::to_string(rank - 1));
  return normalize_axis(axis.value_or(0), rank, name.c_str());
}

Array scan(const Array& x, int axis, ScanKind kind) {
  const NodePtr& n = x.node();
  return Array(std::make_shared<ScanNode>(identity_program(n->dtype()), std::vector<ScalarParameter>{},
                                          std::vector<Edge>{{n, IndexTransform::identity(n->shape())}}, n->grid(), axis,
                                          kind));
}

// What is added or multiplied.
DType result_of(const Array& x, const CumulativeOptions& o, const std::string& name) {
  if (o.dtype == DType::bool_) throw DTypeError(name + ": bools are counted in int64, not in bool");
  if (o.dtype) return *o.dtype;
  return is_inexact(x.dtype()) ? x.dtype() : reductions::accumulator_of(x.dtype());
}

Array accumulated(const Array& x, const CumulativeOptions& o, ScanKind kind, const std::string& name) {
  const int axis = scanned_axis(x, o.axis, name);
  const Array y = scan(astype(x, result_of(x, o, name)), axis, kind);
  if (!o.include_initial) return y;
  Shape first = x.shape();
  first[axis] = 1;
  return concat({full(first, kind == ScanKind::sum ? 0 : 1, y.dtype()), y}, axis);
}

Array numbers(const Array& x, const CumulativeOptions& o, double instead) {
  const Array y = o.dtype ? astype(x, *o.dtype) : x;
  return is_inexact(y.dtype()) ? where(isnan(y), instead, y) : y;
}

// What NumPy's functions scan without an axis. A 0-d array has one axis then, whichever is asked for.
Array flat(const Array& x, const CumulativeOptions& o) { return o.axis && x.rank() > 0 ? x : ravel(x); }

Array extreme(const Array& x, std::optional<std::int64_t> axis, ScanKind kind, const char* name) {
  const int along = scanned_axis(x, axis, name);
  if (is_complex(x.dtype())) throw DTypeError(std::string(name) + ": complex numbers have no order");
  return scan(x, along, kind);
}

}  // namespace

Array cumulative_sum(const Array& x, const CumulativeOptions& o) {
  return accumulated(x, o, ScanKind::sum, "cumulative_sum");
}
Array cumulative_prod(const Array& x, const CumulativeOptions& o) {
  return accumulated(x, o, ScanKind::prod, "cumulative_prod");
}
Array cumsum(const Array& x, const CumulativeOptions& o) { return accumulated(flat(x, o), o, ScanKind::sum, "cumsum"); }
Array cumprod(const Array& x, const CumulativeOptions& o) {
  return accumulated(flat(x, o), o, ScanKind::prod, "cumprod");
}
Array nancumsum(const Array& x, const CumulativeOptions& o) {
  return accumulated(flat(numbers(x, o, 0), o), o, ScanKind::sum, "nancumsum");
}
Array nancumprod(const Array& x, const CumulativeOptions& o) {
  return accumulated(flat(numbers(x, o, 1), o), o, ScanKind::prod, "nancumprod");
}
Array cumulative_max(const Array& x, std::optional<std::int64_t> axis) {
  return extreme(x, axis, ScanKind::max, "cumulative_max");
}
Array cumulative_min(const Array& x, std::optional<std::int64_t> axis) {
  return extreme(x, axis, ScanKind::min, "cumulative_min");
}

Array push(const Array& x, std::optional<std::int64_t> n, std::int64_t axis) {
  const int along = scanned_axis(x, axis, "push");
  if (n && *n < 1) throw ValueError("push: n is " + std::to_string(*n) + "; it must be 1 or more");
  if (!is_inexact(x.dtype())) return x;
  const Array filled = scan(x, along, ScanKind::last);
  const std::int64_t length = x.shape()[along];
  if (!n || *n >= length) return filled;
  // Where each number comes from.
  Array at = arange(std::int64_t{0}, length, std::int64_t{1});
  for (int i = along + 1; i < x.rank(); i++) at = expand_dims(at, -1);
  const Array from = scan(where(isnan(x), std::int64_t{-1}, at), along, ScanKind::max);
  return where(at - from <= *n, filled, std::numeric_limits<double>::quiet_NaN());
}

}  // namespace tessera
