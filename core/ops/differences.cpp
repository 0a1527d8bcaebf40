#include <tessera/core/ops/differences.hpp>

#include <string>

#include <tessera/core/ops/concat.hpp>
#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/reshape.hpp>
#include <tessera/core/ops/shape_functions.hpp>

namespace tessera {
namespace {

// x[begin : end] along the axis.
Array along(const Array& x, int axis, std::optional<std::int64_t> begin, std::optional<std::int64_t> end) {
  std::vector<Index> items(static_cast<std::size_t>(axis), Index(Slice{}));
  items.emplace_back(Slice{begin, end});
  return x.index(items);
}

// What stands beside x along the axis: a number as one element.
Array beside(const Array& x, int axis, const Operand& given) {
  Shape one = x.shape();
  one[axis] = 1;
  if (given.scalar()) return full(one, *given.scalar(), x.dtype());
  return given.array()->rank() == 0 ? broadcast_to(*given.array(), one) : *given.array();
}

}  // namespace

Array diff(const Array& x, const DiffOptions& o) {
  const int axis = normalize_axis(o.axis, x.rank(), "diff");
  if (o.n < 0) throw ValueError("diff: n is " + std::to_string(o.n) + "; it must be 0 or more");
  if (o.n == 0) return x;
  std::vector<Array> parts{x};
  if (o.prepend) parts.insert(parts.begin(), beside(x, axis, *o.prepend));
  if (o.append) parts.push_back(beside(x, axis, *o.append));
  Array y = parts.size() == 1 ? x : concat(parts, axis);
  for (std::int64_t k = 0; k < o.n && y.shape()[axis] > 0; k++) {
    const Array after = along(y, axis, 1, {}), before = along(y, axis, {}, -1);
    y = y.dtype() == DType::bool_ ? after != before : after - before;
  }
  return y;
}

Array ediff1d(const Array& given, const std::optional<Operand>& to_end, const std::optional<Operand>& to_begin) {
  const Array x = ravel(given);
  std::vector<Array> parts{diff(x)};
  const auto part = [&](const Operand& o) {
    return astype(o.array() ? ravel(*o.array()) : beside(x, 0, o), x.dtype());
  };
  if (to_begin) parts.insert(parts.begin(), part(*to_begin));
  if (to_end) parts.push_back(part(*to_end));
  return parts.size() == 1 ? parts[0] : concat(parts);
}

}  // namespace tessera
