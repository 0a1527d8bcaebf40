#include <tessera/core/ops/histogram.hpp>

#include <algorithm>
#include <cmath>

#include <tessera/core/ops/bin_edges.hpp>
#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/differences.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/group_builder.hpp>
#include <tessera/core/ops/literal.hpp>
#include <tessera/core/ops/reductions.hpp>
#include <tessera/core/ops/shape_functions.hpp>

namespace tessera {
namespace {

using reductions::f64;

using bins::edge_dtype;

Array edges_within(BinRange range, std::int64_t bins, DType type) {
  return astype(array(bins::equal_edges(bins::checked_range(range), bins), {bins + 1}), type);
}

// The same of a range that the elements have.
Array edges_around(const Array& x, std::int64_t bins) {
  const Array least = astype(min(x), f64), most = astype(max(x), f64);
  const Array one = least == most;
  const Array first = where(one, least - 0.5, least), last = where(one, most + 0.5, most);
  const Array at = arange(0.0, static_cast<double>(bins) + 1, 1.0), width = last - first;
  const double n = static_cast<double>(bins);
  const Array step = width / n;
  const Array edges = where(step == 0.0, at / n * width, at * step) + first;
  return astype(where(at == n, last, edges), edge_dtype(x.dtype()));
}

std::int64_t checked_bins(std::int64_t bins) {
  if (bins < 1) throw ValueError("histogram: " + std::to_string(bins) + " bins; there must be at least one");
  return bins;
}

Array given_edges(const Array& edges) {
  if (edges.rank() != 1 || edges.size() < 2)
    throw ShapeError("histogram: edges of shape " + to_string(edges.shape()) +
                     "; they are numbers along one axis, two at least");
  if (is_complex(edges.dtype())) throw DTypeError("histogram: edges are real");
  return edges;
}

struct Edges {
  Array edges;
  bool found = false;  // by elements, whose range may not be finite
};

struct EdgesOf {
  const Array& x;
  const std::optional<BinRange>& range;

  Edges operator()(std::int64_t bins) const {
    checked_bins(bins);
    if (range) return {edges_within(*range, bins, edge_dtype(x.dtype()))};
    if (x.size() == 0) return {edges_within({0, 1}, bins, edge_dtype(x.dtype()))};
    return {edges_around(x, bins), true};
  }
  Edges operator()(const Array& edges) const { return {given_edges(edges)}; }
  Edges operator()(const std::vector<double>& edges) const {
    for (std::size_t k = 0; k + 1 < edges.size(); k++)
      if (!(edges[k] <= edges[k + 1]))
        throw ValueError("histogram: bin edges must rise; edge " + std::to_string(k) + " is " +
                         to_string(Scalar(edges[k])) + ", the next one " + to_string(Scalar(edges[k + 1])));
    return {given_edges(array(edges, {static_cast<std::int64_t>(edges.size())}))};
  }
};

Edges edges_of(const Array& x, const Bins& bins, const std::optional<BinRange>& range) {
  bins::checked_elements(x);
  return std::visit(EdgesOf{x, range}, bins.how());
}

std::optional<groups::Folded> sums_of(const std::optional<Array>& weights, const Shape& shape, bool as_float) {
  if (!weights) return std::nullopt;
  if (weights->shape() != shape)
    throw ShapeError("histogram: weights of shape " + to_string(weights->shape()) + " for x of shape " +
                     to_string(shape));
  const DType wide = reductions::accumulator_of(weights->dtype());
  if (as_float && is_complex(wide)) throw DTypeError("histogramdd: the weights must be real");
  const DType result = as_float ? f64 : weights->dtype() == DType::bool_ ? wide : weights->dtype();
  const bool narrow = weights->dtype() == DType::float32;
  return groups::Folded{groups::as_it_is(narrow ? *weights : astype(*weights, wide)),
                        {Combiner::sum, wide, nullptr},
                        false,
                        reductions::cast_to(wide, result)};
}

// 0-d has one axis in a histogram.
Array line_of(const Array& x) { return x.rank() == 0 ? expand_dims(x, 0) : x; }
std::optional<Array> line_of(const std::optional<Array>& x) { return x ? std::optional(line_of(*x)) : x; }

Array widths(const Array& edges) { return diff(astype(edges, f64)); }

std::vector<Bins> for_each(const std::vector<Bins>& bins, std::size_t coordinates) {
  if (bins.size() == coordinates) return bins;
  if (bins.size() != 1)
    throw ShapeError("histogramdd: " + std::to_string(bins.size()) + " bins for " + std::to_string(coordinates) +
                     " coordinates");
  return std::vector<Bins>(coordinates, bins[0]);
}

}  // namespace

namespace bins {

BinRange checked_range(BinRange r) {
  if (!std::isfinite(r.first) || !std::isfinite(r.second))
    throw ValueError("histogram: the range (" + to_string(Scalar(r.first)) + ", " + to_string(Scalar(r.second)) +
                     ") is not finite");
  if (r.first > r.second)
    throw ValueError("histogram: the range (" + to_string(Scalar(r.first)) + ", " + to_string(Scalar(r.second)) +
                     ") ends before it begins");
  if (r.first == r.second) r.first -= 0.5, r.second += 0.5;
  return r;
}

// k * step + first, and the last edge as it is; where a step is 0, k / bins * width + first.
std::vector<double> equal_edges(BinRange range, std::int64_t bins) {
  const auto [first, last] = range;
  const double width = last - first, n = static_cast<double>(bins), step = width / n;
  std::vector<double> edges;
  for (std::int64_t k = 0; k < bins; k++) {
    const double at = static_cast<double>(k);
    edges.push_back((step == 0 ? at / n * width : at * step) + first);
  }
  edges.push_back(last);
  return edges;
}

DType edge_dtype(DType elements) { return elements == DType::float32 ? elements : f64; }

Array checked_elements(const Array& x) {
  if (is_complex(x.dtype()))
    throw DTypeError("histogram: complex numbers have no order; take abs(x), real(x) or imag(x)");
  return line_of(x);
}

}  // namespace bins

Histogram histogram(const Array& given, const Bins& bins, const HistogramOptions& options) {
  const Array x = line_of(given);
  const Edges edges = edges_of(x, bins, options.range);
  const auto weights = line_of(options.weights);
  const Array coordinates = groups::real_coordinates(x, "histogram");
  Array counts =
      groups::by_bins({coordinates}, {astype(edges.edges, f64)}, edges.found, sums_of(weights, x.shape(), false));
  if (options.density) counts = counts / widths(edges.edges) / sum(counts);
  return {counts, edges.edges};
}

Array histogram_bin_edges(const Array& x, const Bins& bins, const std::optional<BinRange>& range) {
  return edges_of(x, bins, range).edges;
}

Histogramdd histogramdd(const std::vector<Array>& sample, const std::vector<Bins>& bins,
                        const HistogramddOptions& options) {
  if (sample.empty()) throw ShapeError("histogramdd: no coordinates");
  const std::vector<Bins> all = for_each(bins, sample.size());
  if (!options.range.empty() && options.range.size() != sample.size())
    throw ShapeError("histogramdd: " + std::to_string(options.range.size()) + " ranges for " +
                     std::to_string(sample.size()) + " coordinates");
  std::vector<Array> coordinates, edges, wide;
  bool found = false;
  for (std::size_t k = 0; k < sample.size(); k++) {
    const Array x = line_of(sample[k]);
    if (x.shape() != line_of(sample[0]).shape())
      throw ShapeError("histogramdd: coordinates of shapes " + to_string(sample[0].shape()) + " and " +
                       to_string(sample[k].shape()));
    const Edges e = edges_of(x, all[k], options.range.empty() ? std::nullopt : options.range[k]);
    coordinates.push_back(groups::real_coordinates(x, "histogramdd"));
    edges.push_back(e.edges);
    wide.push_back(astype(e.edges, f64));
    found = found || e.found;
  }
  const auto weights = line_of(options.weights);
  Array counts = astype(groups::by_bins(coordinates, wide, found, sums_of(weights, coordinates[0].shape(), true)), f64);
  if (options.density) {
    const Array all_counts = sum(counts);
    for (std::size_t k = 0; k < edges.size(); k++) {
      Array width = widths(edges[k]);
      for (std::size_t behind = k + 1; behind < edges.size(); behind++) width = expand_dims(width, width.rank());
      counts = counts / width;
    }
    counts = counts / all_counts;
  }
  return {counts, edges};
}

Histogramdd histogramdd(const Array& sample, const std::vector<Bins>& bins, const HistogramddOptions& options) {
  if (sample.rank() != 2)
    throw ShapeError("histogramdd: a sample of shape " + to_string(sample.shape()) +
                     "; it has points and their coordinates");
  std::vector<Array> coordinates;
  for (std::int64_t k = 0; k < sample.shape()[1]; k++) coordinates.push_back(sample[{Slice{}, k}]);
  return histogramdd(coordinates, bins, options);
}

Histogramdd histogram2d(const Array& x, const Array& y, const std::vector<Bins>& bins,
                        const HistogramddOptions& options) {
  return histogramdd(std::vector<Array>{x, y}, for_each(bins, 2), options);
}

}  // namespace tessera
