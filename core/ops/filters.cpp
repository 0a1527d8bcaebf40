#include <tessera/core/ops/filters.hpp>

#include <algorithm>
#include <cfloat>
#include <cmath>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/filter_kernels.hpp>
#include <tessera/core/ops/filter_windows.hpp>
#include <tessera/core/ops/shape_functions.hpp>
#include <tessera/core/ops/shifted_views.hpp>
#include <tessera/core/ops/slices.hpp>

namespace tessera {
namespace {

bool is_taken(double weight) { return !(std::abs(weight) <= DBL_EPSILON); }

// all: NumPy's products take every weight, so that 0 times NaN is NaN; and results reach as far as the window.
Stencil weighted(const Weights& weights, const FilterWindow& window, bool all = false) {
  Stencil s;
  const auto taps = window.taps();
  for (std::size_t k = 0; k < taps.size(); k++) {
    if (!all && !is_taken(weights.values[k])) continue;
    s.terms.push_back({weights.values[k], static_cast<int>(s.taps.size())});
    s.taps.push_back(taps[k]);
  }
  return s;
}

Weights reversed(Weights w) {
  std::reverse(w.values.begin(), w.values.end());
  return w;
}

/// The origin of a correlation that is a convolution with a window of n.
std::int64_t reversed_origin(std::int64_t origin, std::int64_t n) { return -origin - (n % 2 == 0 ? 1 : 0); }

/// Of weights with all axes of x.
Array correlated(const Array& x, const Weights& weights, const FilterOptions& o, const char* function) {
  return filtered(x, weighted(weights, filter_window(weights.shape, o.origin, function)), o, function);
}

/// o.origin: that along the axis.
Array filtered_1d(const Array& x, const std::vector<double>& weights, int axis, std::int64_t origin,
                  const FilterOptions& o, const char* function) {
  if (weights.empty()) throw ValueError(std::string(function) + ": no weights");
  const auto n = static_cast<std::int64_t>(weights.size());
  Stencil s;
  s.taps = filter_window(along(axis, x.rank(), n, 1), along(axis, x.rank(), origin, 0), function).taps();
  s.terms = terms_along(weights);
  return filtered(x, std::move(s), o, function);
}

/// Where a correlation along one axis goes, and its origin there.
struct Place1d {
  int axis;
  std::int64_t origin;
};
Place1d place_1d(const Array& x, std::int64_t axis, const FilterOptions& o, const char* function) {
  const FilterAxes one(x.shape(), along_one(o, axis, function).axes, function);
  return {one[0], o.origin.empty() ? 0 : one.of(o.origin, 0, "origins")};
}

Array means(const Array& x, const Dims& size, const FilterOptions& given, const char* function) {
  check_filterable(x, function);
  const FilterAxes axes(x.shape(), given.axes, function);
  const FilterOptions o = axes.spread(given);
  const Dims sizes = axes.spread(size, std::int64_t{1}, "sizes");
  return axis_by_axis(x, axes, filter_window(sizes, o.origin, function), [&](const Array& y, const FilterWindow& w) {
    Stencil s;
    s.taps = w.taps();
    for (std::size_t k = 0; k < s.taps.size(); k++) s.terms.push_back({1, static_cast<int>(k)});
    s.divisor = static_cast<double>(s.taps.size());
    return filtered(y, std::move(s), o, function);
  });
}

/// The Gaussian's radius along the k-th axis.
std::int64_t radius_of(const FilterAxes& axes, int k, double sigma, const GaussianOptions& o) {
  const std::string function = axes.function();
  if (!o.radius.empty()) {
    const std::int64_t radius = axes.of(o.radius, k, "radii");
    if (radius < 0 || radius >= static_cast<std::int64_t>(most_filter_taps / 4))
      throw ValueError(function + ": radius " + std::to_string(radius) + "; it may be from 0 to " +
                       std::to_string(most_filter_taps / 4 - 1));
    return radius;
  }
  if (!(o.truncate * sigma < static_cast<double>(most_filter_taps / 4)))
    throw ValueError(function + ": sigma " + to_string(Scalar(sigma)) + ", truncated at " +
                     to_string(Scalar(o.truncate)) + " of it, takes more than " + std::to_string(most_filter_taps / 2) +
                     " elements");
  return static_cast<std::int64_t>(o.truncate * sigma + 0.5);
}

Array gaussian(const Array& x, const std::vector<double>& sigma, const GaussianOptions& o, const char* function) {
  check_filterable(x, function);
  const FilterAxes axes(x.shape(), o.axes, function);
  Array y = x;
  for (int k = 0; k < axes.count(); k++) {
    const double width = axes.of(sigma, k, "sigmas");
    const std::int64_t order = o.order.empty() ? 0 : axes.of(o.order, k, "orders");
    if (!(width >= 0))
      throw ValueError(std::string(function) + ": sigma is " + to_string(Scalar(width)) + "; it must be 0 or more");
    if (order < 0 || order > 16)
      throw ValueError(std::string(function) + ": order " + std::to_string(order) + "; derivatives go from 0 to 16");
    const FilterOptions here{.mode = {axes.of(o.mode, k, "modes")}, .cval = o.cval, .sum_dtype = o.sum_dtype};
    if (width <= 1e-15) continue;
    const auto radius = static_cast<int>(radius_of(axes, k, width, o));
    y = filtered_1d(y, gaussian_weights(width, static_cast<int>(order), radius), axes[k], 0, here, function);
  }
  return y;
}

}  // namespace

Weights::Weights(const Shape& of, std::vector<double> row_major) : shape(of), values(std::move(row_major)) {
  if (num_elements(shape) != static_cast<std::int64_t>(values.size()))
    throw ShapeError(std::to_string(values.size()) + " weights for the shape " + to_string(shape));
}

Weights::Weights(std::initializer_list<std::initializer_list<double>> rows) {
  for (const auto& row : rows) {
    if (row.size() != rows.begin()->size()) throw ShapeError("weights in rows of different lengths");
    values.insert(values.end(), row.begin(), row.end());
  }
  shape = {static_cast<std::int64_t>(rows.size()),
           rows.size() == 0 ? std::int64_t{0} : static_cast<std::int64_t>(rows.begin()->size())};
}

Array correlate(const Array& x, const Weights& weights, const FilterOptions& o) {
  const FilterAxes axes(x.shape(), o.axes, "correlate");
  return correlated(x, axes.spread(weights, "weights"), axes.spread(o), "correlate");
}

Array convolve(const Array& x, const Weights& weights, const FilterOptions& o) {
  const FilterAxes axes(x.shape(), o.axes, "convolve");
  const Weights all = axes.spread(weights, "weights");
  FilterOptions turned = axes.spread(o);
  for (int i = 0; i < x.rank(); i++) turned.origin[i] = reversed_origin(turned.origin[i], all.shape[i]);
  return correlated(x, reversed(all), turned, "convolve");
}

Array correlate1d(const Array& x, const std::vector<double>& weights, std::int64_t axis, const FilterOptions& o) {
  const Place1d at = place_1d(x, axis, o, "correlate1d");
  return filtered_1d(x, weights, at.axis, at.origin, o, "correlate1d");
}

Array convolve1d(const Array& x, const std::vector<double>& weights, std::int64_t axis, const FilterOptions& o) {
  const Place1d at = place_1d(x, axis, o, "convolve1d");
  const std::int64_t origin = reversed_origin(at.origin, static_cast<std::int64_t>(weights.size()));
  return filtered_1d(x, {weights.rbegin(), weights.rend()}, at.axis, origin, o, "convolve1d");
}

Array convolve(const Array& x, const Weights& weights, Overlap overlap) {
  static_cast<void>(FilterAxes(x.shape(), {}, "convolve").spread(weights, "weights"));  // throws
  check_filterable(x, "convolve");
  if (x.size() == 0) throw ValueError("convolve: an array of shape " + to_string(x.shape()));
  const int rank = x.rank();
  const Array over = astype(x, DType::float64);
  FilterWindow w;
  std::vector<AxisChunks> chunks;
  Stencil s;
  for (int i = 0; i < rank; i++) {
    const std::int64_t n = weights.shape[i], length = x.shape()[i];
    w.first.push_back(1 - n), w.size.push_back(n);
    chunks.push_back(
        AxisChunks::regular(checked_add(length, n - 1), std::max<std::int64_t>(1, x.chunks().axis(i).longest())));
    s.boundary.push_back(Boundary::constant);
  }
  Stencil sum = weighted(reversed(weights), w, true);
  sum.boundary = std::move(s.boundary);
  const ChunkGrid grid(std::move(chunks));
  const Shape shape = grid.shape();
  Array y(std::make_shared<StencilNode>(Edge{over.node(), IndexTransform::identity(shape)}, grid, Box::whole(x.shape()),
                                        std::make_shared<const Stencil>(std::move(sum))));
  for (int i = 0; overlap != Overlap::full && i < rank; i++) {
    const std::int64_t n = weights.shape[i], length = x.shape()[i], shorter = std::min(n, length),
                       longer = std::max(n, length);
    const std::int64_t from = overlap == Overlap::same ? (shorter - 1) / 2 : shorter - 1;
    y = slice(y, i, from, overlap == Overlap::same ? from + longer : longer);
  }
  return y;
}

Array correlate(const Array& x, const Weights& weights, Overlap overlap) {
  return convolve(x, reversed(weights), overlap);
}

Array uniform_filter(const Array& x, const Dims& size, const FilterOptions& o) {
  return means(x, size, o, "uniform_filter");
}

Array uniform_filter1d(const Array& x, std::int64_t size, std::int64_t axis, const FilterOptions& o) {
  return means(x, {size}, along_one(o, axis, "uniform_filter1d"), "uniform_filter1d");
}

Array gaussian_filter(const Array& x, const std::vector<double>& sigma, const GaussianOptions& o) {
  return gaussian(x, sigma, o, "gaussian_filter");
}

Array gaussian_filter1d(const Array& x, double sigma, std::int64_t axis, const GaussianOptions& o) {
  return gaussian(x, {sigma}, along_one(o, axis, "gaussian_filter1d"), "gaussian_filter1d");
}

Array ShiftedViews::at(const Dims& distance) const {
  if (distance.size() != x_.rank())
    throw ShapeError("stencil: distances " + to_string(distance) + " in an array of shape " + to_string(x_.shape()));
  Stencil s;
  s.kind = StencilKind::maximum;  // of one element: what it is, to the bit
  s.taps = {distance};
  return filtered(x_, std::move(s), {.mode = options_.mode, .cval = options_.cval}, "stencil");
}

}  // namespace tessera
