// Reductions by groups, histograms and rolling windows.
#include <cmath>

#include "drawn.hpp"

namespace tessera::testing {
namespace {

// Sums of these are exact in float64.
bool is_small(const Drawn& d) { return d.exact && magnitude(d.expected) < 1e6; }
bool is_real(const Drawn& d) { return !reference::is_complex(d.expected.type); }

// Some of the axes in ascending order, at least one, and how many elements they have together.
std::vector<int> drawn_axes(const Drawn& x, std::int64_t& n) {
  const int rank = static_cast<int>(x.expected.shape.size());
  std::vector<int> axes;
  for (int a = 0; a < rank; a++)
    if (below(2) == 0) axes.push_back(a);
  if (axes.empty()) axes.push_back(below(rank));
  n = 1;
  for (const int a : axes) n *= x.expected.shape[static_cast<std::size_t>(a)];
  return axes;
}

std::string numbers(const std::vector<std::int64_t>& values) {
  std::string text = "[";
  for (const auto v : values) text += std::to_string(v) + " ";
  return text + "]";
}

}  // namespace

Array Drawer::drawn_labels(const std::vector<std::int64_t>& shape, std::int64_t groups,
                           std::vector<std::int64_t>& labels, std::string& text) {
  std::int64_t n = 1;
  for (const auto e : shape) n *= e;
  // Something that is there, where it fits.
  const Drawn y = any();
  if (y.exact && reference::is_int(y.expected.type) && y.expected.shape == shape && magnitude(y.expected) < 1e6) {
    for (const auto& e : y.expected.elements) {
      const auto rest = static_cast<std::int64_t>(e.i % groups);
      labels.push_back(rest < 0 ? rest + groups : rest);
    }
    text = label(y) + " % " + std::to_string(groups);
    return remainder(astype(y.array, DType::int64), groups);
  }
  for (; n > 0; n--) labels.push_back(below(static_cast<int>(groups) + 1) - 1);
  text = numbers(labels);
  Array array = from_values(shape_of(shape), labels);
  if (below(2)) array = astype(array, below(2) ? DType::int32 : DType::int8);
  return below(3) == 0 && !labels.empty() ? persist_(array) : array;
}

bool Drawer::grouping() {
  static const char* const names[] = {"count", "sum",  "prod",   "mean",    "var",    "std",    "min",   "max",
                                      "first", "last", "nansum", "nanmean", "nanvar", "nanmin", "nanmax"};
  const std::string how = names[below(std::size(names))];
  const Drawn x = any();
  if (x.expected.shape.empty() || (!x.exact && how != "sum" && how != "min" && how != "max")) return false;
  const bool squares = how.ends_with("var") || how == "std";
  if (squares && (!is_finite(x.expected) || magnitude(x.expected) > 1e6)) return false;
  if (!is_real(x) && how != "sum" && how != "count" && how != "first" && how != "last") return false;
  std::int64_t terms = 1;
  const std::vector<int> axes = drawn_axes(x, terms);
  const std::int64_t groups = 1 + below(6);
  std::vector<std::int64_t> shape, labels, given;
  for (const int a : axes) {
    shape.push_back(x.expected.shape[static_cast<std::size_t>(a)]);
    given.push_back(a);
  }
  std::string text;
  const Array by = drawn_labels(shape, groups, labels, text);
  const auto y = reference::grouped(how, x.expected, axes, labels, groups);
  if (!y) return false;
  const bool rounding = squares || how.ends_with("mean") || how == "prod";
  double error = rounding_of(how, x, *y, terms);
  if (how == "std") error = std::sqrt(error) + unit(y->type) * magnitude(*y);
  keep(group_reduce(x.array, by, how, groups, {.axis = Axes(given)}), *y,
       "group_" + how + "(" + label(x) + ", " + text + ", " + std::to_string(groups) + ", axis=" + numbers(given) + ")",
       {&x}, !rounding, error);
  return true;
}

bool Drawer::counting() {
  const Drawn x = any();
  if (!x.exact || !is_real(x) || magnitude(x.expected) > 1e6) return false;
  // Whole edges, or edges of whole widths: nobody rounds.
  std::vector<double> edges;
  std::string text;
  const bool given = below(2) == 0;
  int bins = 1 << below(6), first = below(40) - 30, width = 1 + below(4);
  if (given) {
    bins = 1 + below(5);
    for (int k = 0; k <= bins; k++) edges.push_back(first += below(8));
  } else {
    for (int k = 0; k <= bins; k++) edges.push_back(first + k * width);
  }
  HistogramOptions options;
  std::optional<Drawn> weights;
  if (below(3) == 0) {
    weights = any();
    if (weights->expected.shape != x.expected.shape || !is_small(*weights) || !is_finite(weights->expected))
      return false;
    options.weights = weights->array;
    text = ", weights=" + label(*weights);
  }
  for (const double e : edges) text += " " + std::to_string(e);
  if (!given) options.range = {edges.front(), edges.back()};
  keep((given ? histogram(x.array, edges, options) : histogram(x.array, bins, options)).counts,
       reference::counted(x.expected, edges, weights ? &weights->expected : nullptr),
       "histogram(" + label(x) + (given ? "" : " by range") + text + ")", {&x, weights ? &*weights : &x}, true, 0);
  return true;
}

bool Drawer::counting_pairs() {
  const Drawn x = any();
  Drawn y = any();
  if (y.expected.shape != x.expected.shape || !y.exact) y = x;
  if (!x.exact || !is_real(x) || !is_real(y) || magnitude(x.expected) > 1e6 || magnitude(y.expected) > 1e6)
    return false;
  HistogramddOptions options;
  std::vector<Bins> bins;
  std::vector<std::vector<double>> edges(2);
  std::string text;
  for (auto& e : edges) {  // whole ones, or of whole widths
    const bool given = below(2) == 0;
    const int n = given ? 1 + below(5) : 1 << below(4), width = 1 + below(4);
    int at = below(30) - 20;
    for (int k = 0; k <= n; k++) e.push_back(at += given ? below(8) : width);
    bins.push_back(given ? Bins(e) : Bins(n));
    options.range.push_back(given ? std::nullopt : std::optional<BinRange>({e.front(), e.back()}));
    for (const double v : e) text += " " + std::to_string(v);
    text += given ? "," : " by range,";
  }
  std::optional<Drawn> weights;
  if (below(3) == 0) {
    weights = any();
    if (weights->expected.shape != x.expected.shape || !is_small(*weights) || !is_finite(weights->expected) ||
        !is_real(*weights))
      return false;
    options.weights = weights->array;
    text += " weights=" + label(*weights);
  }
  keep(below(2) ? histogram2d(x.array, y.array, bins, options).counts
                : histogramdd(std::vector<Array>{x.array, y.array}, bins, options).counts,
       reference::counted_pairs(x.expected, y.expected, edges[0], edges[1], weights ? &weights->expected : nullptr),
       "histogram2d(" + label(x) + ", " + label(y) + text + ")", {&x, &y, weights ? &*weights : &x}, true, 0);
  return true;
}

bool Drawer::rolling() {
  struct Row {
    const char* name;
    Array (*call)(const Array&, std::int64_t, const RollingOptions&);
  };
  static const Row rows[] = {{"sum", rolling_sum}, {"mean", rolling_mean}, {"min", rolling_min}, {"max", rolling_max}};
  const Row& row = rows[below(std::size(rows))];
  const Drawn x = any();
  if (x.expected.shape.empty() || !is_real(x) || !is_small(x)) return false;
  const int axis = below(static_cast<int>(x.expected.shape.size()));
  const std::int64_t window = 1 + below(below(3) == 0 ? 20 : 5);
  RollingOptions o{.axis = axis, .min_count = below(2) ? 1 : 1 + below(static_cast<int>(window))};
  o.center = below(2) == 0;
  const reference::Array y = reference::rolled(row.name, x.expected, axis, window, *o.min_count, o.center);
  keep(row.call(x.array, window, o), y,
       std::string("rolling_") + row.name + "(" + label(x) + ", " + std::to_string(window) + ", axis=" +
           std::to_string(axis) + ", min_count=" + std::to_string(*o.min_count) + (o.center ? ", center)" : ")"),
       {&x}, true, 4 * unit(y.type) * magnitude(y));
  return true;
}

}  // namespace tessera::testing
