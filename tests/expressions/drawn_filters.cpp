// Weighted sums of elements around each, along an axis: of small whole weights, so that nothing is rounded.
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "drawn.hpp"

namespace tessera::testing {
namespace {

/// True where sums of whole multiples of up to 16 elements are exact in float64, and no larger than the type.
bool is_below_a_million(const Drawn& d) {
  for (const auto& n : d.expected.elements) {
    const double v = reference::is_float(d.expected.type) ? n.re : static_cast<double>(n.i);
    if (!(v < 1e6 && v > -1e6)) return false;
  }
  return d.exact;
}

// In what sums are made; whole numbers whose sums are below 2^24 are exact in float32, too. factor: how often elements count.
DType sums_in(const Drawn& x, double factor) {
  if (x.expected.type != reference::Type::f4 || magnitude(x.expected) * factor >= 0x1p24 || below(2))
    return DType::float64;
  for (const auto& n : x.expected.elements)
    if (n.re != std::trunc(n.re)) return DType::float64;
  return DType::float32;
}

// Of the convolution that is a correlation with this origin, of weights in reverse.
std::int64_t turned_origin(std::int64_t n, std::int64_t origin) { return -origin - (n % 2 == 0 ? 1 : 0); }

struct DrawnWindow {
  Dims size, origin;
  std::vector<std::string> modes;
  std::vector<std::vector<std::int64_t>> taps;  // row-major
  std::string text;
};

DrawnWindow window_for(int rank) {
  static const char* modes[] = {"reflect", "mirror", "nearest", "wrap", "constant"};
  DrawnWindow w;
  for (int i = 0; i < rank; i++) {
    const int n = 1 + below(below(4) == 0 ? 9 : 3);
    w.size.push_back(n), w.origin.push_back(below(n) - n / 2), w.modes.emplace_back(modes[below(5)]);
    w.text += " " + std::to_string(n) + " from " + std::to_string(w.origin[i]) + " " + w.modes.back();
  }
  for_each_index(w.size, [&](const Dims& at) {
    std::vector<std::int64_t> tap;
    for (int i = 0; i < rank; i++) tap.push_back(at[i] - w.size[i] / 2 - w.origin[i]);
    w.taps.push_back(tap);
  });
  return w;
}

// Its axes in any order, now and then without those along which it has one element: `size` and what options say are of these.
struct WindowAlong {
  Dims size;
  FilterOptions options;
  std::vector<std::vector<std::int64_t>> taps;  // row-major in the order of the axes
  std::string text;
};

WindowAlong some_axes(const DrawnWindow& w) {
  std::vector<int> axes;
  for (int i = 0; i < w.size.size(); i++)
    if (w.size[i] > 1 || below(2)) axes.insert(axes.begin() + below(static_cast<int>(axes.size()) + 1), i);
  if (axes.empty()) axes.push_back(0);
  WindowAlong some{.size = {}, .options = {.mode = {}, .axes = Axes(axes)}, .taps = {}, .text = w.text + " axes"};
  for (const int i : axes) {
    some.size.push_back(w.size[i]);
    some.options.mode.push_back(w.modes[static_cast<std::size_t>(i)]);
    some.options.origin.push_back(w.origin[i]);
    some.text += " " + std::to_string(i);
  }
  for_each_index(some.size, [&](const Dims& at) {
    std::vector<std::int64_t> tap(w.modes.size());
    for (std::size_t k = 0; k < axes.size(); k++) {
      const int i = axes[k];
      tap[static_cast<std::size_t>(i)] = at[static_cast<int>(k)] - w.size[i] / 2 - w.origin[i];
    }
    some.taps.push_back(tap);
  });
  return some;
}

// Some of the window's elements, which keeps these taps alone.
Footprint footprint_in(WindowAlong& w) {
  const int certain = below(static_cast<int>(w.taps.size()));
  std::vector<double> there;
  std::vector<std::vector<std::int64_t>> taps;
  w.text += " footprint";
  for (const auto& tap : w.taps) {
    there.push_back(static_cast<int>(there.size()) == certain || below(3) ? 1 : 0);
    if (there.back() != 0) taps.push_back(tap);
    w.text += there.back() != 0 ? " 1" : " 0";
  }
  w.taps = std::move(taps);
  return Footprint(Weights(w.size, there));
}

// Which element of n an ordering filter takes, and the number that the filter is told.
struct DrawnPlace {
  int what;  // of `ordering_filters`
  std::int64_t place;
  double told = 0;
};
const char* const ordering_filters[] = {"minimum_filter", "maximum_filter", "median_filter", "rank_filter",
                                        "percentile_filter"};

DrawnPlace place_of(int what, std::int64_t n) {
  if (what < 3) return {what, what == 0 ? 0 : what == 1 ? n - 1 : n / 2};
  if (what == 3) {
    const std::int64_t place = below(static_cast<int>(n));
    return {what, place, static_cast<double>(below(2) ? place : place - n)};
  }
  const double percentile = below(5) ? 0.5 * below(401) - 100 : 100, part = percentile + (percentile < 0 ? 100 : 0);
  return {what, part == 100 ? n - 1 : static_cast<std::int64_t>(static_cast<double>(n) * part / 100), percentile};
}

template <class Window>
Array ordered_around(const Array& x, const DrawnPlace& at, const Window& window, const FilterOptions& o) {
  if (at.what == 0) return minimum_filter(x, window, o);
  if (at.what == 1) return maximum_filter(x, window, o);
  if (at.what == 2) return median_filter(x, window, o);
  if (at.what == 3) return rank_filter(x, static_cast<std::int64_t>(at.told), window, o);
  return percentile_filter(x, at.told, window, o);
}

bool has_nan(const reference::Array& x) {
  for (const auto& n : x.elements)
    if (std::isnan(n.re)) return true;
  return false;
}

}  // namespace

bool Drawer::filtering() {
  const Drawn x = any();
  const int rank = static_cast<int>(x.expected.shape.size());
  const auto type = x.expected.type;
  if (rank == 0 || type == reference::Type::b || reference::is_complex(type) || !is_below_a_million(x)) return false;
  const int axis = below(rank);
  const int n = 1 + below(below(4) == 0 ? 12 : 4);
  const std::int64_t origin = below(n) - n / 2;
  static const char* modes[] = {"reflect", "mirror", "nearest", "wrap", "constant"};
  const std::string mode = modes[below(5)];
  std::vector<double> weights;
  std::vector<std::int64_t> taps, whole;
  std::string text;
  for (int k = 0; k < n; k++) {
    whole.push_back(below(5) - 2);
    weights.push_back(static_cast<double>(whole.back()));
    taps.push_back(k - n / 2 - origin);
    text += (k ? ", " : "") + std::to_string(whole.back());
  }
  const DType sums = sums_in(x, 2.0 * n);
  const bool turned = below(3) == 0;
  const FilterOptions options{
      .mode = {mode}, .origin = {turned ? turned_origin(n, origin) : origin}, .sum_dtype = sums};
  keep(turned ? convolve1d(x.array, {weights.rbegin(), weights.rend()}, axis, options)
              : correlate1d(x.array, weights, axis, options),
       reference::filtered(x.expected, axis, taps, whole, mode),
       (turned ? "convolve1d of the reverse of (" : "correlate1d(") + label(x) + ", (" + text + "), " +
           std::to_string(axis) + ", '" + mode + "', origin=" + std::to_string(origin) +
           ", sum_dtype=" + to_string(sums) + ")",
       {&x}, true, 0);
  return true;
}

// What people write for a stencil: sums of views that lie close together, once or several times over.
bool Drawer::neighbouring() {
  const Drawn x = any();
  const std::size_t rank = x.expected.shape.size();
  if (rank == 0 || (rounds(x.expected.type) && !is_below_a_million(x))) return false;
  Array sum = x.array;
  reference::Array expected = x.expected;
  std::string text = label(x);
  for (int step = 1 + below(4); step > 0; step--) {
    std::vector<std::int64_t> width;  // that all views lack, one an axis
    for (std::size_t i = 0; i < rank; i++) width.push_back(std::min<std::int64_t>(below(3), expected.shape[i]));
    const Array before = sum;
    const reference::Array seen = expected;
    std::string views;
    for (int k = 0, count = 2 + below(3); k < count; k++) {
      std::vector<Index> items;
      reference::Array part = seen;
      views += k ? " + x[" : "x[";
      for (std::size_t i = 0; i < rank; i++) {
        const std::int64_t from = below(static_cast<int>(width[i]) + 1), n = seen.shape[i] - width[i];
        items.push_back(Slice{from, from + n, {}});
        part = reference::slice(part, static_cast<int>(i), from, n, 1);
        views += (i ? ", " : "") + std::to_string(from) + ":" + std::to_string(from + n);
      }
      views += "]";
      const Array view = before.index(items);
      sum = k ? sum + view : view;
      expected = k ? *reference::binary("add", expected, part) : part;
    }
    text = views + " of " + text;
  }
  keep(sum, std::move(expected), "(" + text + ")", {&x}, true, 0);
  return true;
}

bool Drawer::windows() {
  const Drawn x = any();
  const int rank = static_cast<int>(x.expected.shape.size());
  if (rank == 0 || rank > 3) return false;
  const int axis = below(rank);
  const std::int64_t n = x.expected.shape[static_cast<std::size_t>(axis)], length = 1 + below(5);
  if (length > n) return false;
  std::vector<reference::Array> views;
  for (std::int64_t k = 0; k < length; k++)
    views.push_back(reference::expand(reference::slice(x.expected, axis, k, n - length + 1, 1), rank));
  keep(sliding_window_view(x.array, {length}, axis), reference::concat(views, rank),
       "sliding_window_view(" + label(x) + ", " + std::to_string(length) + ", " + std::to_string(axis) + ")", {&x},
       true, x.error);
  return true;
}

// Extremes, places in an order and weighted sums of windows along all axes.
bool Drawer::around() {
  const Drawn x = any();
  const int rank = static_cast<int>(x.expected.shape.size());
  const auto type = x.expected.type;
  if (rank == 0 || reference::is_complex(type) || has_nan(x.expected) || !x.exact) return false;
  const DrawnWindow w = window_for(rank);
  const FilterOptions o{.mode = w.modes, .origin = w.origin};
  const auto count = static_cast<std::int64_t>(w.taps.size());
  const bool floats = reference::is_float(type);
  const int what = below(6);
  if (what < 5) {
    WindowAlong some = some_axes(w);
    const bool part = below(3) == 0;
    const Footprint footprint = part ? footprint_in(some) : Footprint(Weights{1});
    const DrawnPlace at = place_of(what, static_cast<std::int64_t>(some.taps.size()));
    const auto y = reference::windowed(x.expected, some.taps, w.modes, [&](std::vector<reference::Number> all) {
      std::sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return floats ? a.re < b.re : a.i < b.i; });
      return all[static_cast<std::size_t>(at.place)];
    });
    keep(part ? ordered_around(x.array, at, footprint, some.options)
              : ordered_around(x.array, at, some.size, some.options),
         y, ordering_filters[what] + ("(" + label(x)) + "," + some.text + " at " + std::to_string(at.told) + ")", {&x},
         true, 0);
    return true;
  }
  if (type == reference::Type::b || !is_below_a_million(x)) return false;
  std::vector<double> weights;
  std::string text;
  for (std::int64_t k = 0; k < count; k++)
    weights.push_back(below(5) - 2), text += " " + std::to_string(weights.back());
  const auto y = reference::windowed(x.expected, w.taps, w.modes, [&](const std::vector<reference::Number>& all) {
    reference::Number sum;
    for (std::size_t k = 0; k < all.size(); k++)
      sum.re += weights[k] * (floats ? all[k].re : static_cast<double>(all[k].i));
    if (!floats) sum = {static_cast<__int128>(sum.re), 0, 0};
    return reference::stored(type, sum);
  });
  if (below(2)) {
    const auto sum = [&](const ShiftedViews& u) {
      Array all = zeros_like(x.array);
      for (std::size_t k = 0; k < w.taps.size(); k++)
        for (int n = static_cast<int>(weights[k]); n != 0; n += n < 0 ? 1 : -1)
          all = n < 0 ? all - u.at(shape_of(w.taps[k])) : all + u.at(shape_of(w.taps[k]));
      return all;
    };
    if (count > 12) return false;
    keep(stencil(sum, x.array, {.mode = w.modes}), y, "stencil(" + label(x) + "," + text + ";" + w.text + ")", {&x},
         true, 0);
    return true;
  }
  FilterOptions of_reverse = o;
  for (int i = 0; i < rank; i++) of_reverse.origin[i] = turned_origin(w.size[i], o.origin[i]);
  keep(below(2) ? correlate(x.array, Weights(w.size, weights), o)
                : convolve(x.array, Weights(w.size, {weights.rbegin(), weights.rend()}), of_reverse),
       y, "correlate, or convolve the reverse, (" + label(x) + "," + text + ";" + w.text + ")", {&x}, true, 0);
  return true;
}

// Means of windows, and Gaussians: floats alone, because integers are cut, which jumps.
bool Drawer::smoothing() {
  const Drawn x = any();
  const int rank = static_cast<int>(x.expected.shape.size());
  const auto type = x.expected.type;
  if (rank == 0 || !reference::is_float(type) || !is_finite(x.expected)) return false;
  DrawnWindow w = window_for(rank);
  const bool gaussian = below(2) == 0;
  const double sigma = 0.3 + 0.2 * below(6);
  const int radius = static_cast<int>(4 * sigma + 0.5);
  const int only = below(2) ? below(rank) : -1;  // the axis of filters of one
  reference::Array y = x.expected;
  for (int i = 0; i < rank; i++) {
    if (only >= 0 && i != only) continue;
    const auto n = static_cast<int>(w.size[i]);
    const int from = gaussian ? -radius : -(n / 2) - static_cast<int>(w.origin[i]);
    std::vector<std::vector<std::int64_t>> taps;
    std::vector<double> weights;
    double all = 0;
    for (int k = 0; k < (gaussian ? 2 * radius + 1 : n); k++) {
      taps.emplace_back(static_cast<std::size_t>(rank), 0);
      taps.back()[static_cast<std::size_t>(i)] = from + k;
      weights.push_back(gaussian ? std::exp(-0.5 * (from + k) * (from + k) / (sigma * sigma)) : 1);
      all += weights.back();
    }
    y = reference::windowed(y, taps, w.modes, [&](const std::vector<reference::Number>& around) {
      double sum = 0;
      for (std::size_t k = 0; k < around.size(); k++) sum += weights[k] / all * around[k].re;
      return reference::stored(type, {0, sum, 0});
    });
  }
  const bool narrow = type == reference::Type::f4 && below(2) == 0;
  const DType sums = narrow ? DType::float32 : DType::float64;
  const double error = x.error + 16 * (narrow ? rank : 1) * unit(type) * magnitude(x.expected);
  GaussianOptions of_gaussian{.mode = w.modes, .sum_dtype = sums};
  FilterOptions of_mean{.mode = w.modes, .origin = w.origin, .sum_dtype = sums};
  if (only >= 0) {
    of_gaussian.mode = of_mean.mode = {w.modes[static_cast<std::size_t>(only)]};
    of_mean.origin = {w.origin[only]};
  }
  const std::string how = w.text + ", " + to_string(sums) + ", axis " + std::to_string(only) + ")";
  if (gaussian)
    keep(only < 0 ? gaussian_filter(x.array, {sigma}, of_gaussian)
                  : gaussian_filter1d(x.array, sigma, only, of_gaussian),
         std::move(y), "gaussian_filter(" + label(x) + ", " + std::to_string(sigma) + how, {&x}, false, error);
  else
    keep(only < 0 ? uniform_filter(x.array, w.size, of_mean) : uniform_filter1d(x.array, w.size[only], only, of_mean),
         std::move(y), "uniform_filter(" + label(x) + "," + how, {&x}, false, error);
  return true;
}

bool Drawer::resizing() {
  const Drawn x = any();
  const auto type = x.expected.type;
  const int rank = static_cast<int>(x.expected.shape.size());
  if (rank == 0 || x.expected.size() == 0 || reference::is_complex(type)) return false;
  static const char* names[] = {"nearest", "linear", "triangle", "area"};
  const int how = reference::is_float(type) && is_finite(x.expected) ? below(4) : 0;
  if (how == 0 && reference::is_float(type) && has_nan(x.expected)) return false;
  ResizeOptions o{.method = how == 0   ? ResizeMethod::nearest
                            : how == 3 ? ResizeMethod::area
                                       : ResizeMethod::linear,
                  .antialias = how == 2};
  reference::Array y = reference::cast(x.expected, how == 0 ? type : reference::Type::f8);
  Shape shape;
  std::string text;
  for (int i = 0; i < rank; i++) {
    const auto n = x.expected.shape[static_cast<std::size_t>(i)];
    shape.push_back(below(3) == 0 ? n : 1 + below(below(3) == 0 ? 30 : 9));
    if (shape[i] != n) y = reference::resized(y, i, shape[i], names[how]);
    text += " " + std::to_string(shape[i]);
    if (y.size() > 4096) return false;
  }
  keep(resize(x.array, shape, o), reference::cast(y, type), "resize(" + label(x) + "," + text + ", " + names[how] + ")",
       {&x}, how == 0, x.error + (how == 0 ? 0 : 16 * unit(type) * magnitude(x.expected)));
  return true;
}

}  // namespace tessera::testing
