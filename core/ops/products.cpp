#include <tessera/core/ops/products.hpp>

#include <algorithm>

#include <tessera/core/ops/concat.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/index_arrays.hpp>
#include <tessera/core/ops/multiply.hpp>
#include <tessera/core/ops/reshape.hpp>
#include <tessera/core/ops/shape_functions.hpp>

namespace tessera {
namespace {

using products::sum_along;
using products::with_shapes;

[[noreturn]] void refuse_lengths(const char* name, const Array& a, const Array& b, std::int64_t of_a,
                                 std::int64_t of_b) {
  throw ShapeError(with_shapes(name, a, b) + "inner dimensions " + std::to_string(of_a) + " and " +
                   std::to_string(of_b) + " differ");
}

// Axes counted from the front, each once.
Dims axes_of(const Dims& axes, const Array& x) {
  Dims normal;
  for (const auto axis : axes) {
    normal.push_back(normalize_axis(axis, x.rank(), "tensordot"));
    if (std::count(normal.begin(), normal.end(), normal.back()) > 1)
      throw ShapeError("tensordot: axis " + std::to_string(axis) + " is given twice");
  }
  return normal;
}

// The axes that are not among these.
Dims others(const Dims& axes, int rank) {
  Dims rest;
  for (int i = 0; i < rank; i++)
    if (std::find(axes.begin(), axes.end(), i) == axes.end()) rest.push_back(i);
  return rest;
}

Dims behind(Dims first, const Dims& then) {
  for (const auto e : then) first.push_back(e);
  return first;
}

std::int64_t product_of(const Shape& shape, const Dims& axes) {
  std::int64_t n = 1;
  for (const auto i : axes) n = checked_multiply(n, shape[static_cast<int>(i)]);
  return n;
}

Array contracted(const Array& a, const Array& b, const Dims& of_a, const Dims& of_b, const char* name) {
  for (int i = 0; i < of_a.size(); i++) {
    const std::int64_t n = a.shape()[static_cast<int>(of_a[i])], m = b.shape()[static_cast<int>(of_b[i])];
    if (n != m) refuse_lengths(name, a, b, n, m);
  }
  const DType type = promote(a.dtype(), b.dtype());
  const Dims rows = others(of_a, a.rank()), columns = others(of_b, b.rank());
  const std::int64_t m = product_of(a.shape(), rows), k = product_of(a.shape(), of_a),
                     n = product_of(b.shape(), columns);
  Shape shape;
  for (const auto i : rows) shape.push_back(a.shape()[static_cast<int>(i)]);
  for (const auto i : columns) shape.push_back(b.shape()[static_cast<int>(i)]);
  const Array left = reshape(permute_dims(astype(a, type), behind(rows, of_a)), {m, k});
  const Array right = reshape(permute_dims(astype(b, type), behind(of_b, columns)), {k, n});
  return reshape(products::multiply(left, right, name), shape);
}

}  // namespace

Array matmul(const Array& a, const Array& b) {
  if (a.rank() == 0 || b.rank() == 0)
    throw ShapeError(with_shapes("matmul", a, b) + "a 0-d array is no matrix; a * b multiplies elements");
  const std::int64_t k = a.shape()[a.rank() - 1], other = b.shape()[std::max(0, b.rank() - 2)];
  if (k != other) refuse_lengths("matmul", a, b, k, other);
  const DType type = promote(a.dtype(), b.dtype());
  const Array left = astype(a.rank() == 1 ? expand_dims(a, 0) : a, type);
  const Array right = astype(b.rank() == 1 ? expand_dims(b, 1) : b, type);
  Array c = products::multiply(left, right, "matmul");
  if (b.rank() == 1) c = squeeze(c, {-1});
  if (a.rank() == 1) c = squeeze(c, {b.rank() == 1 ? -1 : -2});
  return c;
}

Array dot(const Array& a, const Array& b) {
  if (a.rank() == 0 || b.rank() == 0) return a * b;
  if (a.rank() <= 2 && b.rank() <= 2) {
    const std::int64_t k = a.shape()[a.rank() - 1], other = b.shape()[0];
    if (k != other) refuse_lengths("dot", a, b, k, other);
    return matmul(a, b);
  }
  return contracted(a, b, {a.rank() - 1}, {std::max(0, b.rank() - 2)}, "dot");
}

Array vdot(const Array& a, const Array& b) {
  if (a.size() != b.size()) refuse_lengths("vdot", a, b, a.size(), b.size());
  const Array left = is_complex(a.dtype()) ? conj(a) : a;
  if (a.shape() == b.shape()) return sum_along(left * b, {});
  return sum_along(ravel(left) * ravel(b), {});
}

Array vecdot(const Array& a, const Array& b, std::int64_t axis) {
  const Array x = moveaxis(a, normalize_axis(axis, a.rank(), "vecdot"), -1);
  const Array y = moveaxis(b, normalize_axis(axis, b.rank(), "vecdot"), -1);
  const std::int64_t n = x.shape()[x.rank() - 1], m = y.shape()[y.rank() - 1];
  if (n != m) refuse_lengths("vecdot", a, b, n, m);
  return sum_along((is_complex(x.dtype()) ? conj(x) : x) * y, -1);
}

Array inner(const Array& a, const Array& b) {
  if (a.rank() == 0 || b.rank() == 0) return a * b;
  return contracted(a, b, {a.rank() - 1}, {b.rank() - 1}, "inner");
}

Array tensordot(const Array& a, const Array& b, std::int64_t axes) {
  if (axes < 0 || axes > a.rank() || axes > b.rank())
    throw ShapeError(with_shapes("tensordot", a, b) + "they have not " + std::to_string(axes) + " axes to sum over");
  std::pair<Dims, Dims> pairs;
  for (std::int64_t i = 0; i < axes; i++) pairs.first.push_back(a.rank() - axes + i), pairs.second.push_back(i);
  return tensordot(a, b, pairs);
}

Array tensordot(const Array& a, const Array& b, const std::pair<Dims, Dims>& axes) {
  if (axes.first.size() != axes.second.size())
    throw ShapeError(with_shapes("tensordot", a, b) + std::to_string(axes.first.size()) + " axes of the one, " +
                     std::to_string(axes.second.size()) + " of the other");
  return contracted(a, b, axes_of(axes.first, a), axes_of(axes.second, b), "tensordot");
}

Array outer(const Array& a, const Array& b) { return expand_dims(ravel(a), 1) * ravel(b); }

Array kron(const Array& a, const Array& b) {
  const int rank = std::max(a.rank(), b.rank());
  Shape of_a, of_b, shape;  // (a0, 1, a1, 1 ...) and (1, b0, 1, b1 ...)
  for (int i = 0; i < rank; i++) {
    const auto length = [&](const Array& x) { return i < rank - x.rank() ? 1 : x.shape()[i - (rank - x.rank())]; };
    of_a.push_back(length(a)), of_a.push_back(1);
    of_b.push_back(1), of_b.push_back(length(b));
    shape.push_back(checked_multiply(length(a), length(b)));
  }
  return reshape(reshape(a, of_a) * reshape(b, of_b), shape);
}

Array cross(const Array& a, const Array& b, std::int64_t axis) {
  const Array x = moveaxis(a, normalize_axis(axis, a.rank(), "cross"), -1);
  const Array y = moveaxis(b, normalize_axis(axis, b.rank(), "cross"), -1);
  if (x.shape()[x.rank() - 1] != 3 || y.shape()[y.rank() - 1] != 3)
    throw ShapeError(with_shapes("cross", a, b) + "vectors along the axis have 3 elements");
  const auto of = [](const Array& v, std::int64_t i) { return v(ellipsis, i); };
  std::vector<Array> parts;
  for (std::int64_t i = 0; i < 3; i++) {
    const std::int64_t j = (i + 1) % 3, k = (i + 2) % 3;
    parts.push_back(of(x, j) * of(y, k) - of(x, k) * of(y, j));
  }
  const Array c = stack(parts, -1);
  return moveaxis(c, -1, axis < 0 ? axis : std::min<std::int64_t>(axis, c.rank() - 1));
}

Array matrix_power(const Array& a, std::int64_t n) {
  const int rank = a.rank();
  if (rank < 2 || a.shape()[rank - 1] != a.shape()[rank - 2])
    throw ShapeError("matrix_power: " + to_string(a.shape()) + " is no square matrix, nor a stack of them");
  if (n < 0)
    throw ValueError("matrix_power: the power " + std::to_string(n) + " takes an inverse, which there is not yet");
  if (n == 0) return broadcast_to(astype(eye(a.shape()[rank - 1]), a.dtype()), a.shape());
  std::optional<Array> power;
  for (Array square = a;; square = matmul(square, square)) {
    if (n & 1) power = power ? matmul(*power, square) : square;
    if ((n >>= 1) == 0) return *power;
  }
}

}  // namespace tessera
