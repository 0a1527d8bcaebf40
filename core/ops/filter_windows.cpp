#include <tessera/core/ops/filter_windows.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/pad.hpp>

namespace tessera {
namespace {

/// A rule for an axis; wrap is none that a stencil knows: what stands beyond the ends is put there.
struct FilterRule {
  Boundary boundary = Boundary::reflect;
  bool wrap = false;
};

FilterRule rule_of(const std::string& mode, const char* function) {
  static const std::map<std::string, FilterRule> rules{
      {"reflect", {Boundary::reflect}},    {"grid-mirror", {Boundary::reflect}},
      {"mirror", {Boundary::mirror}},      {"nearest", {Boundary::nearest}},
      {"constant", {Boundary::constant}},  {"grid-constant", {Boundary::constant}},
      {"wrap", {Boundary::nearest, true}}, {"grid-wrap", {Boundary::nearest, true}}};
  const auto found = rules.find(mode);
  if (found == rules.end())
    throw ValueError(std::string(function) + ": mode '" + mode +
                     "' is none of reflect, mirror, nearest, wrap, constant, grid-mirror, grid-wrap, grid-constant");
  return found->second;
}

void check_fill(double cval, DType type, const char* function) {
  const bool fits = visit_dtype(type, [&]<class T>(T) {
    if constexpr (std::is_floating_point_v<T>)
      return true;
    else if constexpr (std::is_arithmetic_v<T>)
      return cval == std::trunc(cval) && cval >= static_cast<double>(std::numeric_limits<T>::min()) &&
             cval <= static_cast<double>(std::numeric_limits<T>::max()) && cval < 0x1p63;
    return false;
  });
  if (!fits)
    throw ValueError(std::string(function) + ": " + to_string(type) + " has no " + to_string(Scalar(cval)) +
                     " for 'cval': convert the array first");
}

void check_sum_dtype(DType type, const Stencil& s, DType sums, const char* function) {
  if (sums == DType::float64) return;
  if (s.kind != StencilKind::sum)
    throw ValueError(std::string(function) + ": 'sum_dtype' is of filters that add, and this one does not");
  if (sums != DType::float32 || type != DType::float32)
    throw DTypeError(std::string(function) + ": sums of " + to_string(type) + " in " + to_string(sums) +
                     "; they are made in float64, of float32 in float32, too");
}

}  // namespace

FilterAxes::FilterAxes(const Shape& shape, const Axes& given, const char* function)
    : shape_(shape), function_(function) {
  if (!given.given()) {
    for (int i = 0; i < shape.size(); i++) along_.push_back(i);
    return;
  }
  for (const std::int64_t axis : *given.given()) {
    const int a = normalize_axis(axis, shape.size(), function);
    if (std::find(along_.begin(), along_.end(), a) != along_.end())
      throw ShapeError(std::string(function) + ": axis " + std::to_string(a) + " of an array of shape " +
                       to_string(shape) + " is given twice");
    along_.push_back(a);
  }
}

void FilterAxes::check_count(std::int64_t n, const char* what) const {
  if (n != 1 && n != count())
    throw ValueError(std::string(function_) + ": " + std::to_string(n) + " " + what + " for " +
                     std::to_string(count()) + " axes of an array of shape " + to_string(shape_));
}

Weights FilterAxes::spread(const Weights& weights, const char* what) const {
  if (weights.shape.size() != count())
    throw ShapeError(std::string(function_) + ": " + what + " of shape " + to_string(weights.shape) + " for " +
                     std::to_string(count()) + " axes of an array of shape " + to_string(shape_));
  if (weights.values.empty())
    throw ValueError(std::string(function_) + ": " + what + " of shape " + to_string(weights.shape) +
                     ", which has no element");
  Weights all;
  all.shape = spread(weights.shape, std::int64_t{1}, "axes");
  for_each_index(all.shape, [&](const Dims& at) {
    std::int64_t place = 0;
    for (int k = 0; k < count(); k++) place = place * weights.shape[k] + at[(*this)[k]];
    all.values.push_back(weights.values[static_cast<std::size_t>(place)]);
  });
  return all;
}

FilterOptions FilterAxes::spread(FilterOptions options) const {
  options.mode = spread(options.mode, std::string("nearest"), "modes");
  options.origin = spread(options.origin.empty() ? Dims{0} : options.origin, std::int64_t{0}, "origins");
  options.axes = {};
  return options;
}

Dims along(int axis, int rank, std::int64_t here, std::int64_t elsewhere) {
  Dims d = Dims::filled(rank, elsewhere);
  d[axis] = here;
  return d;
}

std::vector<Dims> FilterWindow::taps() const {
  std::vector<Dims> all;
  for_each_index(size, [&](const Dims& at) {
    Dims tap = first;
    for (int i = 0; i < tap.size(); i++) tap[i] += at[i];
    all.push_back(tap);
  });
  return all;
}

FilterWindow FilterWindow::of_axis(int axis) const {
  return {along(axis, size.size(), first[axis], 0), along(axis, size.size(), size[axis], 1)};
}

FilterWindow filter_window(const Dims& size, const Dims& origin, const char* function) {
  FilterWindow w;
  Amount taps = 1;
  for (int i = 0; i < size.size(); i++) {
    const std::int64_t n = size[i], o = origin[i];
    if (n < 1) throw ValueError(std::string(function) + ": a window of size " + std::to_string(n));
    if (o < -(n / 2) || o > (n - 1) / 2)
      throw ValueError(std::string(function) + ": origin " + std::to_string(o) + " of a window of " +
                       std::to_string(n) + "; it may be from " + std::to_string(-(n / 2)) + " to " +
                       std::to_string((n - 1) / 2));
    w.first.push_back(-(n / 2) - o);
    w.size.push_back(n);
    taps *= n;
  }
  if (static_cast<std::size_t>(taps.value()) > most_filter_taps)
    throw ValueError(std::string(function) + ": a window of " + to_string(w.size) + " has more than " +
                     std::to_string(most_filter_taps) + " elements");
  return w;
}

void check_filterable(const Array& x, const char* function) {
  if (is_complex(x.dtype()))
    throw DTypeError(std::string(function) + ": arrays of " + to_string(x.dtype()) +
                     " can't be filtered; their real and imaginary parts can");
}

Array filtered(const Array& x, Stencil s, const FilterOptions& o, const char* function) {
  check_filterable(x, function);
  check_sum_dtype(x.dtype(), s, o.sum_dtype, function);
  s.sum_dtype = o.sum_dtype;
  const int rank = x.rank();
  const Shape shape = x.shape();
  const auto modes = FilterAxes(shape, {}, function).spread(o.mode, std::string(), "modes");
  PadWidths around;
  std::vector<IndexTransform::Axis> axes;
  Box source = Box::whole(shape);
  for (int i = 0; i < rank; i++) {
    const FilterRule rule = rule_of(modes[static_cast<std::size_t>(i)], function);
    if (rule.boundary == Boundary::constant) check_fill(o.cval, x.dtype(), function);
    s.boundary.push_back(rule.boundary);
    const std::int64_t before = rule.wrap ? s.before(i) : 0, after = rule.wrap ? s.after(i) : 0;
    around.emplace_back(before, after);
    axes.push_back({i, before, 1});
    source.lo[i] -= before, source.extent[i] += before + after;
  }
  s.fill = o.cval;
  if (x.size() == 0) return x;
  if (s.kind == StencilKind::sum && x.dtype() == DType::bool_)
    return astype(filtered(astype(x, DType::uint8), std::move(s), o, function), DType::bool_);
  const bool wraps = !(source == Box::whole(shape));
  const Array over = wraps ? pad(x, around, {.mode = "wrap"}) : x;
  return Array(std::make_shared<StencilNode>(Edge{over.node(), IndexTransform(shape, std::move(axes))}, x.chunks(),
                                             source, std::make_shared<const Stencil>(std::move(s))));
}

}  // namespace tessera
