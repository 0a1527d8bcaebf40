#include <tessera/core/ops/filters.hpp>

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/filter_kernels.hpp>
#include <tessera/core/ops/pad.hpp>
#include <tessera/core/ops/shape_functions.hpp>
#include <tessera/core/ops/shifted_views.hpp>
#include <tessera/core/ops/slices.hpp>

namespace tessera {
namespace {

constexpr std::size_t most_taps = std::size_t{1} << 20;

/// A rule for an axis; wrap is none that a stencil knows: what stands beyond the ends is put there.
struct Rule {
  Boundary boundary = Boundary::reflect;
  bool wrap = false;
};

Rule rule_of(const std::string& mode, const char* function) {
  static const std::map<std::string, Rule> rules{
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

/// One for all axes, or one an axis.
template <class List>
auto of_axis(const List& all, int axis, int rank, const char* function, const char* what) {
  const auto n = static_cast<int>(std::size(all));
  if (n != 1 && n != rank)
    throw ValueError(std::string(function) + ": " + std::to_string(n) + " " + what + " for " + std::to_string(rank) +
                     " axes");
  return *(std::begin(all) + (n == 1 ? 0 : axis));
}

std::int64_t origin_of(const Dims& origin, int axis, int rank, const char* function) {
  return origin.empty() ? 0 : of_axis(origin, axis, rank, function, "origins");
}

void check_dtype(const Array& x, const char* function) {
  if (is_complex(x.dtype()))
    throw DTypeError(std::string(function) + ": arrays of " + to_string(x.dtype()) +
                     " can't be filtered; their real and imaginary parts can");
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

/// Windows from `first`, below 0 or 0, along each axis.
struct Window {
  Dims first, size;

  std::size_t taps() const {
    Amount n = 1;
    for (auto e : size) n *= e;
    return static_cast<std::size_t>(n.value());
  }
};

Window window_of(const Dims& size, const Dims& origin, int rank, const char* function) {
  Window w;
  for (int i = 0; i < rank; i++) {
    const std::int64_t n = of_axis(size, i, rank, function, "sizes"), o = origin_of(origin, i, rank, function);
    if (n < 1) throw ValueError(std::string(function) + ": a window of size " + std::to_string(n));
    if (o < -(n / 2) || o > (n - 1) / 2)
      throw ValueError(std::string(function) + ": origin " + std::to_string(o) + " of a window of " +
                       std::to_string(n) + "; it may be from " + std::to_string(-(n / 2)) + " to " +
                       std::to_string((n - 1) / 2));
    w.first.push_back(-(n / 2) - o);
    w.size.push_back(n);
  }
  if (w.taps() > most_taps)
    throw ValueError(std::string(function) + ": a window of " + to_string(w.size) + " has more than " +
                     std::to_string(most_taps) + " elements");
  return w;
}

/// All of the window, in row-major order.
std::vector<Dims> taps_of(const Window& w) {
  std::vector<Dims> taps;
  for_each_index(w.size, [&](const Dims& at) {
    Dims tap = w.first;
    for (int i = 0; i < tap.size(); i++) tap[i] += at[i];
    taps.push_back(tap);
  });
  return taps;
}

/// The window of one axis in an array of this rank.
Dims along(int axis, int rank, std::int64_t here, std::int64_t elsewhere) {
  Dims d = Dims::filled(rank, elsewhere);
  d[axis] = here;
  return d;
}

/// x under a stencil whose boundary is o.mode. Beyond the ends of an axis that wraps stands what is at its other end.
Array filtered(const Array& x, Stencil s, const FilterOptions& o, const char* function) {
  check_dtype(x, function);
  check_sum_dtype(x.dtype(), s, o.sum_dtype, function);
  s.sum_dtype = o.sum_dtype;
  const int rank = x.rank();
  const Shape shape = x.shape();
  PadWidths around;
  std::vector<IndexTransform::Axis> axes;
  Box source = Box::whole(shape);
  for (int i = 0; i < rank; i++) {
    const Rule rule = rule_of(of_axis(o.mode, i, rank, function, "modes"), function);
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

bool is_taken(double weight) { return !(std::abs(weight) <= DBL_EPSILON); }

// all: NumPy's products take every weight, so that 0 times NaN is NaN; and results reach as far as the window.
Stencil weighted(const Weights& weights, const Window& window, bool all = false) {
  Stencil s;
  const auto taps = taps_of(window);
  for (std::size_t k = 0; k < taps.size(); k++) {
    if (!all && !is_taken(weights.values[k])) continue;
    s.terms.push_back({weights.values[k], static_cast<int>(s.taps.size())});
    s.taps.push_back(taps[k]);
  }
  return s;
}

void check_weights(const Array& x, const Weights& weights, const char* function) {
  if (weights.shape.size() != x.rank())
    throw ShapeError(std::string(function) + ": weights of shape " + to_string(weights.shape) +
                     " for an array of shape " + to_string(x.shape()));
  if (weights.values.empty()) throw ValueError(std::string(function) + ": no weights");
}

Weights reversed(Weights w) {
  std::reverse(w.values.begin(), w.values.end());
  return w;
}

/// The origin of a correlation that is a convolution.
Dims reversed_origin(const Dims& origin, const Shape& size, const char* function) {
  Dims r;
  for (int i = 0; i < size.size(); i++)
    r.push_back(-origin_of(origin, i, size.size(), function) - (size[i] % 2 == 0 ? 1 : 0));
  return r;
}

Array filtered_1d(const Array& x, const std::vector<double>& weights, std::int64_t axis, const FilterOptions& o,
                  std::int64_t origin, const char* function) {
  if (weights.empty()) throw ValueError(std::string(function) + ": no weights");
  const int a = normalize_axis(axis, x.rank(), function);
  const auto n = static_cast<std::int64_t>(weights.size());
  const Window w = window_of(along(a, x.rank(), n, 1), along(a, x.rank(), origin, 0), x.rank(), function);
  Stencil s;
  s.taps = taps_of(w);
  s.terms = terms_along(weights);
  return filtered(x, std::move(s), o, function);
}

/// f(axis, size) for every axis whose window has more than one element, one after another.
template <class F>
Array axis_by_axis(const Array& x, const Window& w, const F& f) {
  Array y = x;
  for (int i = 0; i < x.rank(); i++)
    if (w.size[i] > 1) y = f(y, Window{along(i, x.rank(), w.first[i], 0), along(i, x.rank(), w.size[i], 1)});
  return y;
}

Array extremes(const Array& x, const Dims& size, const FilterOptions& o, StencilKind kind, const char* function) {
  check_dtype(x, function);
  const Window all = window_of(size, o.origin, x.rank(), function);
  return axis_by_axis(x, all, [&](const Array& y, const Window& w) {
    Stencil s;
    s.kind = kind, s.taps = taps_of(w);
    return filtered(y, std::move(s), o, function);
  });
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
  check_weights(x, weights, "correlate");
  return filtered(x, weighted(weights, window_of(weights.shape, o.origin, x.rank(), "correlate")), o, "correlate");
}

Array convolve(const Array& x, const Weights& weights, const FilterOptions& o) {
  check_weights(x, weights, "convolve");
  const Dims origin = reversed_origin(o.origin, weights.shape, "convolve");
  return filtered(x, weighted(reversed(weights), window_of(weights.shape, origin, x.rank(), "convolve")), o,
                  "convolve");
}

Array correlate1d(const Array& x, const std::vector<double>& weights, std::int64_t axis, const FilterOptions& o) {
  return filtered_1d(x, weights, axis, o, origin_of(o.origin, 0, 1, "correlate1d"), "correlate1d");
}

Array convolve1d(const Array& x, const std::vector<double>& weights, std::int64_t axis, const FilterOptions& o) {
  const std::vector<double> reverse(weights.rbegin(), weights.rend());
  const std::int64_t origin = -origin_of(o.origin, 0, 1, "convolve1d") - (weights.size() % 2 == 0 ? 1 : 0);
  return filtered_1d(x, reverse, axis, o, origin, "convolve1d");
}

Array convolve(const Array& x, const Weights& weights, Overlap overlap) {
  check_weights(x, weights, "convolve");
  check_dtype(x, "convolve");
  if (x.size() == 0) throw ValueError("convolve: an array of shape " + to_string(x.shape()));
  const int rank = x.rank();
  const Array over = astype(x, DType::float64);
  Window w;
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
  check_dtype(x, "uniform_filter");
  const Window all = window_of(size, o.origin, x.rank(), "uniform_filter");
  return axis_by_axis(x, all, [&](const Array& y, const Window& w) {
    Stencil s;
    s.taps = taps_of(w);
    for (std::size_t k = 0; k < s.taps.size(); k++) s.terms.push_back({1, static_cast<int>(k)});
    s.divisor = static_cast<double>(s.taps.size());
    return filtered(y, std::move(s), o, "uniform_filter");
  });
}

Array minimum_filter(const Array& x, const Dims& size, const FilterOptions& o) {
  return extremes(x, size, o, StencilKind::minimum, "minimum_filter");
}

Array maximum_filter(const Array& x, const Dims& size, const FilterOptions& o) {
  return extremes(x, size, o, StencilKind::maximum, "maximum_filter");
}

Array rank_filter(const Array& x, std::int64_t rank, const Dims& size, const FilterOptions& o) {
  Stencil s;
  s.kind = StencilKind::ranked;
  s.taps = taps_of(window_of(size, o.origin, x.rank(), "rank_filter"));
  const auto n = static_cast<std::int64_t>(s.taps.size());
  s.rank = rank < 0 ? rank + n : rank;
  if (s.rank < 0 || s.rank >= n)
    throw ValueError("rank_filter: rank " + std::to_string(rank) + " of " + std::to_string(n) + " elements");
  return filtered(x, std::move(s), o, "rank_filter");
}

Array median_filter(const Array& x, const Dims& size, const FilterOptions& o) {
  const auto n = static_cast<std::int64_t>(window_of(size, o.origin, x.rank(), "median_filter").taps());
  return rank_filter(x, n / 2, size, o);
}

Array gaussian_filter(const Array& x, const std::vector<double>& sigma, const GaussianOptions& o) {
  check_dtype(x, "gaussian_filter");
  Array y = x;
  for (int i = 0; i < x.rank(); i++) {
    const double width = of_axis(sigma, i, x.rank(), "gaussian_filter", "sigmas");
    const std::int64_t order = o.order.empty() ? 0 : of_axis(o.order, i, x.rank(), "gaussian_filter", "orders");
    if (!(width >= 0))
      throw ValueError("gaussian_filter: sigma is " + to_string(Scalar(width)) + "; it must be 0 or more");
    if (order < 0 || order > 16)
      throw ValueError("gaussian_filter: order " + std::to_string(order) + "; derivatives go from 0 to 16");
    if (width <= 1e-15) continue;
    if (!(o.truncate * width < static_cast<double>(most_taps / 4)))
      throw ValueError("gaussian_filter: sigma " + to_string(Scalar(width)) + ", truncated at " +
                       to_string(Scalar(o.truncate)) + " of it, takes more than " + std::to_string(most_taps / 2) +
                       " elements");
    const FilterOptions here{
        .mode = {of_axis(o.mode, i, x.rank(), "gaussian_filter", "modes")}, .cval = o.cval, .sum_dtype = o.sum_dtype};
    y = filtered_1d(y, gaussian_weights(width, static_cast<int>(order), o.truncate), i, here, 0, "gaussian_filter");
  }
  return y;
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
