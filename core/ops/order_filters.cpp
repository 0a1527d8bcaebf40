// Filters that take one element of a window, by its place in their order.
#include <tessera/core/ops/filter_windows.hpp>

#include <algorithm>

namespace tessera {
namespace {

/// Which elements of windows an ordering filter looks at, along which axes of an array.
struct OrderedTaps {
  FilterAxes axes;
  FilterOptions options;  ///< of all axes of the array
  FilterWindow window;
  std::vector<Dims> part{};  ///< of the window, in row-major order; empty: all of it

  std::int64_t count() const {
    return part.empty() ? num_elements(window.size) : static_cast<std::int64_t>(part.size());
  }
  std::vector<Dims> taps() const { return part.empty() ? window.taps() : part; }
};

OrderedTaps taps_in(const Array& x, const Dims& size, const FilterOptions& o, const char* function) {
  check_filterable(x, function);
  const FilterAxes axes(x.shape(), o.axes, function);
  const FilterOptions all = axes.spread(o);
  return {axes, all, filter_window(axes.spread(size, std::int64_t{1}, "sizes"), all.origin, function)};
}

OrderedTaps taps_in(const Array& x, const Footprint& footprint, const FilterOptions& o, const char* function) {
  check_filterable(x, function);
  const FilterAxes axes(x.shape(), o.axes, function);
  const FilterOptions all = axes.spread(o);
  const Weights weights = axes.spread(footprint.window, "a footprint");
  OrderedTaps t{axes, all, filter_window(weights.shape, all.origin, function)};
  const std::vector<Dims> taps = t.window.taps();
  for (std::size_t k = 0; k < taps.size(); k++)
    if (weights.values[k] != 0) t.part.push_back(taps[k]);
  if (t.part.empty())
    throw ValueError(std::string(function) + ": a footprint of shape " + to_string(footprint.window.shape) +
                     " without a true element");
  if (t.part.size() == taps.size()) t.part.clear();
  return t;
}

Array extremes(const Array& x, const OrderedTaps& t, StencilKind kind, const char* function) {
  Stencil s;
  s.kind = kind;
  if (t.part.empty())
    return axis_by_axis(x, t.axes, t.window, [&](const Array& y, const FilterWindow& w) {
      s.taps = w.taps();
      return filtered(y, s, t.options, function);
    });
  s.taps = t.part;
  return filtered(x, std::move(s), t.options, function);
}

Array at_place(const Array& x, const OrderedTaps& t, std::int64_t place, const char* function) {
  Stencil s;
  s.kind = StencilKind::ranked;
  s.rank = place;
  s.taps = t.taps();
  return filtered(x, std::move(s), t.options, function);
}

Array at_rank(const Array& x, const OrderedTaps& t, std::int64_t rank) {
  const std::int64_t n = t.count();
  const std::int64_t place = rank < 0 ? rank + n : rank;
  if (place < 0 || place >= n)
    throw ValueError("rank_filter: rank " + std::to_string(rank) + " of " + std::to_string(n) + " elements");
  return at_place(x, t, place, "rank_filter");
}

Array at_middle(const Array& x, const OrderedTaps& t) { return at_place(x, t, t.count() / 2, "median_filter"); }

Array at_percentile(const Array& x, const OrderedTaps& t, double percentile) {
  const double part = percentile < 0 ? percentile + 100 : percentile;
  if (!(part >= 0 && part <= 100))
    throw ValueError("percentile_filter: percentile " + to_string(Scalar(percentile)) + "; it may be from -100 to 100");
  const std::int64_t n = t.count();
  const auto place = static_cast<std::int64_t>(static_cast<double>(n) * part / 100);
  return at_place(x, t, std::min(place, n - 1), "percentile_filter");
}

}  // namespace

Array minimum_filter(const Array& x, const Dims& size, const FilterOptions& o) {
  return extremes(x, taps_in(x, size, o, "minimum_filter"), StencilKind::minimum, "minimum_filter");
}

Array maximum_filter(const Array& x, const Dims& size, const FilterOptions& o) {
  return extremes(x, taps_in(x, size, o, "maximum_filter"), StencilKind::maximum, "maximum_filter");
}

Array minimum_filter(const Array& x, const Footprint& footprint, const FilterOptions& o) {
  return extremes(x, taps_in(x, footprint, o, "minimum_filter"), StencilKind::minimum, "minimum_filter");
}

Array maximum_filter(const Array& x, const Footprint& footprint, const FilterOptions& o) {
  return extremes(x, taps_in(x, footprint, o, "maximum_filter"), StencilKind::maximum, "maximum_filter");
}

Array minimum_filter1d(const Array& x, std::int64_t size, std::int64_t axis, const FilterOptions& o) {
  const char* name = "minimum_filter1d";
  return extremes(x, taps_in(x, Dims{size}, along_one(o, axis, name), name), StencilKind::minimum, name);
}

Array maximum_filter1d(const Array& x, std::int64_t size, std::int64_t axis, const FilterOptions& o) {
  const char* name = "maximum_filter1d";
  return extremes(x, taps_in(x, Dims{size}, along_one(o, axis, name), name), StencilKind::maximum, name);
}

Array median_filter(const Array& x, const Dims& size, const FilterOptions& o) {
  return at_middle(x, taps_in(x, size, o, "median_filter"));
}

Array median_filter(const Array& x, const Footprint& footprint, const FilterOptions& o) {
  return at_middle(x, taps_in(x, footprint, o, "median_filter"));
}

Array rank_filter(const Array& x, std::int64_t rank, const Dims& size, const FilterOptions& o) {
  return at_rank(x, taps_in(x, size, o, "rank_filter"), rank);
}

Array rank_filter(const Array& x, std::int64_t rank, const Footprint& footprint, const FilterOptions& o) {
  return at_rank(x, taps_in(x, footprint, o, "rank_filter"), rank);
}

Array percentile_filter(const Array& x, double percentile, const Dims& size, const FilterOptions& o) {
  return at_percentile(x, taps_in(x, size, o, "percentile_filter"), percentile);
}

Array percentile_filter(const Array& x, double percentile, const Footprint& footprint, const FilterOptions& o) {
  return at_percentile(x, taps_in(x, footprint, o, "percentile_filter"), percentile);
}

}  // namespace tessera
