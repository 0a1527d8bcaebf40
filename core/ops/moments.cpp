// Variances and what is made of several reductions: central moments, weighted means, norms.
#include <cmath>

#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/fold_builder.hpp>
#include <tessera/core/ops/quantity.hpp>
#include <tessera/core/ops/reductions.hpp>
#include <tessera/core/ops/shape_functions.hpp>

namespace tessera {
namespace {

using namespace reductions;

Array variance(const Array& given, const ReduceOptions& o, bool root, const char* name) {
  require_fractions(o, name);
  const Array x = o.dtype ? astype(given, *o.dtype) : given;
  const DType result = to_inexact(x.dtype());
  const std::uint32_t folded = folded_axes(x, o.axis, name);
  const auto of = [&](const Array& part, DType to, bool with_root) {
    EpilogueBuilder b({f64, f64}, {degrees_of_freedom(folded_elements(x, folded), o.correction)});
    ValueId v = b.add(Op::divide, f64, b.component(1), b.number(0));
    if (with_root) v = b.add(Op::sqrt, f64, v);
    v = b.cast(v, to);
    return fold(astype(part, f64), folded, Combiner::moments, std::move(b).finish(v), o.keepdims);
  };
  if (!is_complex(x.dtype())) return of(x, result, root);
  const Array v = of(real(x), f64, false) + of(imag(x), f64, false);
  return astype(root ? sqrt(v) : v, real_part(result));
}

DType wide(DType t) { return is_complex(t) ? DType::complex128 : f64; }

/// The weights with an axis for each of x's, to broadcast with it.
Array spread_weights(const Array& x, const Array& weights, const ReduceOptions& o) {
  if (weights.shape() == x.shape()) return weights;
  const auto refuse = [&](const std::string& why) {
    throw ShapeError("average: weights of shape " + to_string(weights.shape()) + " for x of shape " +
                     to_string(x.shape()) + why);
  };
  if (!o.axis.given()) refuse(": give the axis that they lie along");
  Dims axes;
  for (auto a : *o.axis.given()) axes.push_back(normalize_axis(a, x.rank(), "average"));
  if (axes.size() != weights.rank()) refuse(": one weight for each index of the axes is needed");
  for (int i = 0; i < axes.size(); i++)
    if (weights.shape()[i] != x.shape()[static_cast<int>(axes[i])])
      refuse(" do not fit its axis " + std::to_string(axes[i]));
  // The weights' axes in the order of x's, then the others with length 1.
  Dims order;
  for (int i = 0; i < x.rank(); i++)
    for (int k = 0; k < axes.size(); k++)
      if (axes[k] == i) order.push_back(k);
  Array w = permute_dims(weights, order);
  for (int i = 0; i < x.rank(); i++) {
    bool mine = false;
    for (auto a : axes) mine = mine || a == i;
    if (!mine) w = expand_dims(w, i);
  }
  return w;
}

}  // namespace

Array var(const Array& x, const ReduceOptions& o) { return variance(x, o, false, "var"); }
Array std(const Array& x, const ReduceOptions& o) { return variance(x, o, true, "std"); }

Array average(const Array& x, const std::optional<Array>& weights, const ReduceOptions& o) {
  if (!weights) return mean(x, o);
  folded_axes(x, o.axis, "average");
  if (is_complex(weights->dtype())) throw DTypeError("average: the weights must be real");
  // Integers are averaged in float64, as without weights, also by float32 ones.
  const DType result = promote(to_inexact(x.dtype()), weights->dtype());
  const Array w = spread_weights(x, astype(*weights, f64), o);
  const Array all = sum(astype(x, wide(result)) * w, {.axis = o.axis, .keepdims = o.keepdims});
  const Array y = astype(all / sum(w, {.axis = o.axis, .keepdims = o.keepdims}), result);
  return with_quantity(y, x, Quantity::As::mean);
}

Array moment(const Array& x, int order, const ReduceOptions& o) {
  require_fractions(o, "moment");
  if (order < 0) throw ValueError("moment: the order must be 0 or more, not " + std::to_string(order));
  const DType result = to_inexact(o.dtype.value_or(x.dtype()));
  const Array wide_x = astype(o.dtype ? astype(x, *o.dtype) : x, wide(result));
  const Array d = wide_x - mean(wide_x, {.axis = o.axis, .keepdims = true});
  const auto power = [&]() -> Array {
    switch (order) {
      case 1:
        return d - d;  // 0 but for NaN: the mean of rounded differences would not be
      case 2:
        return square(d);
      case 3:
        return square(d) * d;
      case 4:
        return square(square(d));
      default:
        return pow(d, static_cast<double>(order));
    }
  };
  return astype(mean(power(), {.axis = o.axis, .keepdims = o.keepdims}), result);
}

Array vector_norm(const Array& x, double ord, const ReduceOptions& o) {
  const DType result = real_part(to_inexact(o.dtype.value_or(x.dtype())));
  const Array given = o.dtype ? astype(x, *o.dtype) : x;
  const ReduceOptions axes{.axis = o.axis, .keepdims = o.keepdims};
  if (ord == 0) return astype(count_nonzero(given, axes), result);
  const Array v = astype(given, wide(given.dtype()));
  if (ord == 2) {
    const Array squares = is_complex(v.dtype()) ? square(real(v)) + square(imag(v)) : square(v);
    return astype(sqrt(sum(squares, axes)), result);
  }
  const Array size = abs(v);
  if (std::isinf(ord)) {
    require_elements(x, folded_axes(x, o.axis, "vector_norm"), "vector_norm", "smallest or largest element");
    return astype(ord > 0 ? max(size, axes) : min(size, axes), result);
  }
  if (ord == 1) return astype(sum(size, axes), result);
  return astype(pow(sum(pow(size, ord), axes), 1 / ord), result);
}

}  // namespace tessera
