#include <tessera/core/ops/gradient.hpp>

#include <string>

#include <tessera/core/ops/concat.hpp>
#include <tessera/core/ops/shape_functions.hpp>
#include <tessera/core/ops/slices.hpp>

namespace tessera {
namespace {

/// Along one axis.
class Derivative {
 public:
  Derivative(const Array& x, int axis, bool second) : x_(x), axis_(axis), n_(x.shape()[axis]), second_(second) {}

  Array even(const Operand& h) const {
    const Operand twice = h.scalar() ? Operand(2 * h.scalar()->as<double>()) : Operand(*h.array() * 2);
    const auto over = [&](double weight) {
      return h.scalar() ? Operand(weight / h.scalar()->as<double>()) : Operand(weight / *h.array());
    };
    const Array inner = divide(at(2, n_) - at(0, n_ - 2), twice);
    if (!second_) return joined(divide(at(1, 2) - at(0, 1), h), inner, divide(at(n_ - 1, n_) - at(n_ - 2, n_ - 1), h));
    return joined(three(0, over(-1.5), over(2), over(-0.5)), inner, three(n_ - 3, over(0.5), over(-2), over(1.5)));
  }

  /// distances: between neighbours, along the axis.
  Array uneven(const Array& distances) const {
    const auto d = [&](std::int64_t from, std::int64_t to) { return slice(distances, axis_, from, to); };
    const Array left = d(0, n_ - 2), right = d(1, n_ - 1);
    const Array inner = at(0, n_ - 2) * (-right / (left * (left + right))) +
                        at(1, n_ - 1) * ((right - left) / (left * right)) +
                        at(2, n_) * (left / (right * (left + right)));
    if (!second_)
      return joined((at(1, 2) - at(0, 1)) / d(0, 1), inner, (at(n_ - 1, n_) - at(n_ - 2, n_ - 1)) / d(n_ - 2, n_ - 1));
    const Array a = d(0, 1), b = d(1, 2), y = d(n_ - 3, n_ - 2), z = d(n_ - 2, n_ - 1);
    return joined(three(0, -(a * 2 + b) / (a * (a + b)), (a + b) / (a * b), -a / (b * (a + b))), inner,
                  three(n_ - 3, z / (y * (y + z)), -(z + y) / (y * z), (z * 2 + y) / (z * (y + z))));
  }

 private:
  Array at(std::int64_t from, std::int64_t to) const { return slice(x_, axis_, from, to); }
  Array three(std::int64_t from, const Operand& a, const Operand& b, const Operand& c) const {
    return multiply(a, at(from, from + 1)) + multiply(b, at(from + 1, from + 2)) + multiply(c, at(from + 2, from + 3));
  }
  Array joined(const Array& first, const Array& inner, const Array& last) const {
    return concat({first, inner, last}, axis_);
  }

  const Array& x_;
  const int axis_;
  const std::int64_t n_;
  const bool second_;
};

/// Coordinates as distances that broadcast against x along the axis.
Array distances_of(const Array& coordinates, const Array& x, int axis) {
  if (coordinates.rank() != 1 || coordinates.size() != x.shape()[axis])
    throw ShapeError("gradient: coordinates of shape " + to_string(coordinates.shape()) + " for axis " +
                     std::to_string(axis) + " of shape " + to_string(x.shape()));
  const Array c = is_inexact(coordinates.dtype()) ? coordinates : astype(coordinates, DType::float64);
  Array d = slice(c, 0, 1, {}) - slice(c, 0, 0, -1);
  for (int i = axis + 1; i < x.rank(); i++) d = expand_dims(d, -1);
  while (d.rank() < x.rank()) d = expand_dims(d, 0);
  return d;
}

}  // namespace

std::vector<Array> gradient(const Array& given, const GradientOptions& o) {
  const Array x = is_inexact(given.dtype()) ? given : astype(given, DType::float64);
  std::vector<std::int64_t> axes;
  if (o.axis.given())
    axes = *o.axis.given();
  else
    for (int i = 0; i < x.rank(); i++) axes.push_back(i);
  if (o.edge_order != 1 && o.edge_order != 2)
    throw ValueError("gradient: edge_order is " + std::to_string(o.edge_order) + "; it must be 1 or 2");
  if (o.spacing.size() > 1 && o.spacing.size() != axes.size())
    throw UsageError("gradient: " + std::to_string(o.spacing.size()) + " distances for " + std::to_string(axes.size()) +
                     " axes");
  std::vector<Array> derivatives;
  for (std::size_t k = 0; k < axes.size(); k++) {
    const int axis = normalize_axis(axes[k], x.rank(), "gradient");
    if (x.shape()[axis] < o.edge_order + 1)
      throw ValueError("gradient: axis " + std::to_string(axis) + " of shape " + to_string(x.shape()) +
                       " is too short for edge_order " + std::to_string(o.edge_order));
    const Operand h = o.spacing.empty() ? Operand(1.0) : o.spacing[o.spacing.size() == 1 ? 0 : k];
    const Derivative along(x, axis, o.edge_order == 2);
    const Array* coordinates = h.array();
    const bool even = coordinates == nullptr || coordinates->rank() == 0;
    derivatives.push_back(astype(even ? along.even(h) : along.uneven(distances_of(*coordinates, x, axis)), x.dtype()));
  }
  return derivatives;
}

}  // namespace tessera
