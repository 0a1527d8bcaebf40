#include <tessera/core/ops/groups.hpp>

#include <limits>

#include <tessera/core/ops/concat.hpp>
#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/gather.hpp>
#include <tessera/core/ops/group_builder.hpp>
#include <tessera/core/ops/quantity.hpp>
#include <tessera/core/ops/reshape.hpp>
#include <tessera/core/ops/shape_functions.hpp>

namespace tessera {
namespace {

using namespace reductions;
using groups::Folded;
using groups::Seen;

void require_labels(const Array& labels) {
  if (kind_of(labels.dtype()) != Kind::integer)
    throw DTypeError("groups: labels of dtype " + to_string(labels.dtype()) + "; they are integers from 0 on");
}

// Along which axes of x the labels lie; and how they are seen from x.
struct Layout {
  std::uint32_t folded = 0;
  IndexTransform map;
};

Layout layout_of(const Array& x, const Array& labels, const Axes& given) {
  require_labels(labels);
  const auto refuse = [&](const std::string& why) {
    throw ShapeError("groups: labels of shape " + to_string(labels.shape()) + " for x of shape " +
                     to_string(x.shape()) + ": " + why);
  };
  Dims axes;
  if (given.given())
    for (const auto a : *given.given()) axes.push_back(normalize_axis(a, x.rank(), "groups"));
  else
    for (int i = x.rank() - labels.rank(); i < x.rank(); i++) axes.push_back(i);
  if (axes.size() != labels.rank() || labels.rank() == 0 || labels.rank() > x.rank())
    refuse("one axis of x is needed for each of the labels' (axis=)");
  Layout layout;
  std::vector<IndexTransform::Axis> seen;
  for (int k = 0; k < axes.size(); k++) {
    const int i = static_cast<int>(axes[k]);
    if (k > 0 && axes[k] <= axes[k - 1]) refuse("their axes in ascending order are needed");
    if (labels.shape()[k] != x.shape()[i])
      refuse("axis " + std::to_string(i) + " has length " + std::to_string(x.shape()[i]));
    layout.folded |= 1u << i;
    seen.push_back({i, 0, 1});
  }
  layout.map = IndexTransform(x.shape(), std::move(seen));
  return layout;
}

// What a reduction is asked of.
struct Task {
  const Array& x;
  const Array& labels;
  std::int64_t groups;
  Layout layout;
  double correction;

  Array folded(const Array& values, Fold fold, bool skips_nan, Epilogue epilogue) const {
    return groups::by_labels({labels, layout.map}, -1, groups, x.chunks(), layout.folded,
                             Folded{groups::as_it_is(values), std::move(fold), skips_nan, std::move(epilogue)});
  }
  /// Labels alone, with length 1 on kept axes.
  Array labelled() const {
    const Array n = groups::by_labels(groups::as_it_is(labels), -1, groups, labels.chunks(), (1u << labels.rank()) - 1,
                                      std::nullopt);
    Array spread = n;
    const int at = group_axis(layout.folded);
    for (int i = 0; i < x.rank(); i++)
      if (!(layout.folded >> i & 1u)) spread = expand_dims(spread, i < at ? 0 : spread.rank());
    return spread;
  }
};

Array without_nan(const Array& x, const Scalar& instead) { return where(isnan(x), instead, x); }

Array sum_of(const Task& t, bool skip, Combiner combiner) {
  const DType result = is_inexact(t.x.dtype()) ? t.x.dtype() : accumulator_of(t.x.dtype());
  const DType wide = accumulator_of(t.x.dtype());
  const Array given = skip && is_inexact(t.x.dtype()) ? without_nan(t.x, 0) : t.x;
  const bool narrow = given.dtype() == DType::float32 && combiner == Combiner::sum;
  const Array values = narrow ? given : astype(given, wide);
  return t.folded(values, {combiner, wide, nullptr}, false, cast_to(wide, result));
}

Array real_values(const Task& t, const char* what) {
  if (is_complex(t.x.dtype()))
    throw DTypeError(std::string(what) + " of groups: x has dtype " + to_string(t.x.dtype()) +
                     "; take its real and imaginary parts one by one");
  return t.x.dtype() == DType::float32 ? t.x : astype(t.x, f64);
}

Array mean_of(const Task& t, bool skip) {
  const Array values = real_values(t, "means");
  EpilogueBuilder b({f64, f64}, {});
  const ValueId v = b.cast(b.add(Op::divide, f64, b.component(1), b.component(0)), to_inexact(t.x.dtype()));
  return t.folded(values, {Combiner::nan_sum, f64, nullptr}, skip, std::move(b).finish(v));
}

Array variance_of(const Task& t, bool skip, bool root) {
  const Array values = real_values(t, "variances");
  return t.folded(values, {Combiner::nan_moments, f64, nullptr}, skip,
                  nan_variance_epilogue(t.correction, root, to_inexact(t.x.dtype())));
}

Array count_of(const Task& t) {
  if (is_inexact(t.x.dtype()))
    return t.folded(astype(!isnan(t.x), DType::int64), {Combiner::sum, DType::int64, nullptr}, false,
                    as_it_is(DType::int64));
  return broadcast_to(t.labelled(), with_groups(t.x.shape(), t.layout.folded, t.groups));
}

// What a group without elements has, in place of what the fold left there.
Array or_nothing(const Task& t, const Array& result) {
  const Scalar nothing = is_inexact(t.x.dtype())       ? Scalar(std::numeric_limits<double>::quiet_NaN())
                         : t.x.dtype() == DType::bool_ ? Scalar(false)
                                                       : Scalar(0);
  return with_quantity(where(t.labelled() == 0, nothing, result), result);
}

Array extreme_of(const Task& t, bool skip, bool smallest) {
  const DType type = t.x.dtype();
  if (is_complex(type)) throw DTypeError("extremes of groups: complex numbers have no order; reduce abs(x) or real(x)");
  const bool real = is_inexact(type);
  const DType wide = real ? type : accumulator_of(type);
  const Combiner combiner =
      skip && real ? (smallest ? Combiner::fmin : Combiner::fmax) : (smallest ? Combiner::min : Combiner::max);
  const Array result = t.folded(astype(t.x, wide), {combiner, wide, nullptr}, false, cast_to(wide, type));
  return skip && real && t.labels.size() > 0 ? result : or_nothing(t, result);
}

// The places of labels, in row-major order.
Array places_of(const Array& labels) {
  return reshape(arange(std::int64_t{0}, labels.size(), std::int64_t{1}), labels.shape());
}

// x with the labels' axes as one, in the place of the first of them.
Array along_labels(const Task& t) {
  Dims order;
  const int axis = group_axis(t.layout.folded);
  for (int i = 0; i < t.x.rank(); i++)
    if (i < axis) order.push_back(i);
  for (int i = axis; i < t.x.rank(); i++)
    if (t.layout.folded >> i & 1u) order.push_back(i);
  for (int i = axis; i < t.x.rank(); i++)
    if (!(t.layout.folded >> i & 1u)) order.push_back(i);
  Array line = permute_dims(t.x, order);
  if (t.labels.rank() > 1) {
    Shape shape;
    for (int i = 0; i < axis; i++) shape.push_back(line.shape()[i]);
    shape.push_back(t.labels.size());
    for (int i = axis + t.labels.rank(); i < line.rank(); i++) shape.push_back(line.shape()[i]);
    line = reshape(line, shape);
  }
  return line;
}

// The element at the first or last place among those of the group, in row-major order.
Array end_of(const Task& t, bool first) {
  const Fold fold{first ? Combiner::min : Combiner::max, DType::int64, nullptr};
  if (t.labels.size() == 0)
    return or_nothing(t, zeros(with_groups(t.x.shape(), t.layout.folded, t.groups), {.dtype = t.x.dtype()}));
  const Array places = places_of(t.labels);
  const Task of{
      places, t.labels, t.groups, {(1u << t.labels.rank()) - 1, IndexTransform::identity(t.labels.shape())}, 0};
  const Array at = of.folded(places, fold, false, as_it_is(DType::int64));
  const Array there = where(of.labelled() == 0, std::int64_t{0}, at);
  return or_nothing(t, take(along_labels(t), there, group_axis(t.layout.folded)));
}

// The same of the elements that are not NaN: a place for each index of the kept axes, too.
Array end_without_nan(const Task& t, bool first) {
  const Fold fold{first ? Combiner::min : Combiner::max, DType::int64, nullptr};
  const std::int64_t n = t.labels.size();
  if (n == 0) return end_of(t, first);
  Array places = places_of(t.labels);
  for (int i = 0; i < t.x.rank(); i++)
    if (!(t.layout.folded >> i & 1u)) places = expand_dims(places, i);
  const Array at = t.folded(where(isnan(t.x), first ? n : -1, places), fold, false, as_it_is(DType::int64));
  const Array found = logical_and(at >= std::int64_t{0}, at < n);  // else beyond the ends, or none
  const Array y = take_along_axis(along_labels(t), where(found, at, std::int64_t{0}), group_axis(t.layout.folded));
  return with_quantity(where(found, y, std::numeric_limits<double>::quiet_NaN()), y);
}

}  // namespace

Array group_reduce(const Array& x, const Array& labels, std::string_view how, std::int64_t n,
                   const GroupOptions& options) {
  const Task t{x, labels, n, layout_of(x, labels, options.axis), options.correction};
  const bool skip = how.starts_with("nan");
  const std::string_view plain = skip ? how.substr(3) : how;
  if (how == "count") return count_of(t);
  if (plain == "sum") return sum_of(t, skip, Combiner::sum);
  if (how == "prod") return sum_of(t, false, Combiner::prod);
  if (plain == "mean") return mean_of(t, skip);
  if (plain == "var" || plain == "std") return variance_of(t, skip, plain == "std");
  if (plain == "min" || plain == "max") return extreme_of(t, skip, plain == "min");
  if (plain == "first" || plain == "last")
    return skip && is_inexact(x.dtype()) ? end_without_nan(t, plain == "first") : end_of(t, plain == "first");
  throw UsageError("group_reduce: no reduction '" + std::string(how) +
                   "'; there are count, sum, prod, mean, var, std, min, max, first, last, nansum, nanmean, nanvar, "
                   "nanstd, nanmin, nanmax, nanfirst, nanlast");
}

std::int64_t groups_of(const Array& labels, const CountMask& count) {
  require_labels(labels);
  if (labels.size() == 0) return 0;
  return std::max<std::int64_t>(0, count(reshape(astype(max(labels), DType::int64), {1}))[0] + 1);
}

}  // namespace tessera
