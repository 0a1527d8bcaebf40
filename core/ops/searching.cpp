#include <tessera/core/ops/searching.hpp>

#include <algorithm>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/literal.hpp>

namespace tessera {

Array searchsorted(const Array& sorted, const Array& values, Side side) {
  if (sorted.rank() != 1)
    throw ShapeError("searchsorted: the sorted array has shape " + to_string(sorted.shape()) + "; it must be 1-d");
  const DType type = promote(sorted.dtype(), values.dtype());
  const Array a = astype(sorted, type), v = astype(values, type);
  return Array(std::make_shared<SearchNode>(Edge{v.node(), IndexTransform::identity(v.shape())},
                                            Edge{a.node(), IndexTransform::identity(a.shape())}, v.chunks(),
                                            side == Side::right));
}

Array digitize(const Array& x, std::span<const double> bins, bool right) {
  const auto n = static_cast<std::int64_t>(bins.size());
  const Side side = right ? Side::left : Side::right;
  if (std::is_sorted(bins.begin(), bins.end())) return searchsorted(array(bins, {n}), x, side);
  if (!std::is_sorted(bins.rbegin(), bins.rend())) throw ValueError("digitize: the bins neither rise nor fall");
  const std::vector<double> rising(bins.rbegin(), bins.rend());
  return n - searchsorted(array(rising, {n}), x, side);
}

Array digitize(const Array& x, const Array& bins, bool right) {
  if (bins.rank() != 1) throw ShapeError("digitize: bins of shape " + to_string(bins.shape()) + "; they must be 1-d");
  return searchsorted(bins, x, right ? Side::left : Side::right);
}

}  // namespace tessera
