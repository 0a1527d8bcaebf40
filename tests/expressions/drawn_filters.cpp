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
  const auto less = [&](const reference::Number& a, const reference::Number& b) {
    return floats ? a.re < b.re : a.i < b.i;
  };
  const int what = below(5);
  const std::int64_t rank_of = what == 2 ? count / 2 : below(static_cast<int>(count));
  if (what < 4) {
    const std::int64_t place = what == 0 ? 0 : what == 1 ? count - 1 : rank_of;
    const auto y = reference::windowed(x.expected, w.taps, w.modes, [&](std::vector<reference::Number> all) {
      std::sort(all.begin(), all.end(), less);
      return all[static_cast<std::size_t>(place)];
    });
    static const char* names[] = {"minimum_filter", "maximum_filter", "median_filter", "rank_filter"};
    keep(what == 0   ? minimum_filter(x.array, w.size, o)
         : what == 1 ? maximum_filter(x.array, w.size, o)
         : what == 2 ? median_filter(x.array, w.size, o)
                     : rank_filter(x.array, rank_of, w.size, o),
         y, names[what] + ("(" + label(x)) + "," + w.text + " at " + std::to_string(place) + ")", {&x}, true, 0);
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
  reference::Array y = x.expected;
  for (int i = 0; i < rank; i++) {
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
  if (gaussian)
    keep(gaussian_filter(x.array, {sigma}, {.mode = w.modes, .sum_dtype = sums}), std::move(y),
         "gaussian_filter(" + label(x) + ", " + std::to_string(sigma) + w.text + ", " + to_string(sums) + ")", {&x},
         false, error);
  else
    keep(uniform_filter(x.array, w.size, {.mode = w.modes, .origin = w.origin, .sum_dtype = sums}), std::move(y),
         "uniform_filter(" + label(x) + "," + w.text + ", " + to_string(sums) + ")", {&x}, false, error);
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
