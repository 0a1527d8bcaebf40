#include <tessera/core/ops/quantiles.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/fold_builder.hpp>
#include <tessera/core/ops/rechunk.hpp>
#include <tessera/core/ops/shape_functions.hpp>
#include <tessera/core/sizes.hpp>

namespace tessera {
namespace {

// Columns of up to a tile are taken whole; longer ones, too, where histograms of them all would take more memory.
constexpr std::int64_t tile_bytes = std::int64_t{1} << 20, longest_bytes = std::int64_t{64} << 20;
constexpr std::int64_t most_counted = 2048;  // histograms
// What a chunk of whole columns has at most, where the input's chunks leave a choice.
constexpr std::int64_t selected_chunk_bytes = std::int64_t{32} << 20;

// Which of an array: axes, and whether they stay with length 1.
struct FoldedAxes {
  const Axes& axis;
  bool keepdims;
};

AxisChunks cut(const AxisChunks& axis, std::int64_t most) {
  if (axis.longest() <= most) return axis;
  if (axis.count() == 1) return AxisChunks::regular(axis.extent(), most);
  std::vector<std::int64_t> lengths;
  for (std::int64_t k = 0; k < axis.count(); k++)
    for (std::int64_t left = axis.length(k); left > 0; left -= most) lengths.push_back(std::min(left, most));
  return AxisChunks::irregular(lengths);
}

// Chunks of whole columns: those of x on the other axes, cut further from the first one on where they would be large.
ChunkGrid grid_of_columns(const Array& x, std::uint32_t folded) {
  Amount bytes = item_size(x.dtype());
  std::vector<AxisChunks> axes;
  for (int i = 0; i < x.rank(); i++) {
    const AxisChunks& axis = x.chunks().axis(i);
    const bool whole = (folded >> i & 1u) != 0;
    axes.push_back(whole ? AxisChunks::regular(axis.extent(), std::max<std::int64_t>(1, axis.extent())) : axis);
    bytes *= std::max<std::int64_t>(1, axes.back().longest());
  }
  for (int i = 0; i < x.rank() && bytes > Amount(selected_chunk_bytes); i++) {
    const std::int64_t longest = axes[i].longest();
    if ((folded >> i & 1u) != 0 || longest <= 1) continue;
    const std::int64_t parts = std::min(longest, ceil_div(bytes.value(), selected_chunk_bytes));
    axes[i] = cut(axes[i], ceil_div(longest, parts));
    bytes = bytes.value() / longest * axes[i].longest();
  }
  return ChunkGrid(std::move(axes));
}

bool takes_whole_columns(const Array& x, std::int64_t length, const Quantiles& quantiles) {
  const Amount column = Amount(length) * item_size(x.dtype());
  if (column <= Amount(tile_bytes) || num_elements(x.shape()) == 0) return true;
  const Amount histograms = Amount(num_elements(x.shape()) / length) * (2 * quantiles.count());
  return histograms > Amount(most_counted) && column <= Amount(longest_bytes);
}

Array select(const Array& x, Quantiles quantiles, bool is_list, const FoldedAxes& kept, const char* name) {
  reductions::require_order(x, name);
  const std::uint32_t folded = reductions::folded_axes(x, kept.axis, name);
  const DType result = quantile_dtype(quantiles.method, x.dtype());
  if (x.dtype() == DType::bool_ && !takes_elements(quantiles.method) && quantiles.method != QuantileMethod::middle)
    throw DTypeError(std::string(name) +
                     ": bools have nothing between them; astype(x, 'float64'), or a method that takes elements: lower, "
                     "higher, nearest, inverted_cdf, closest_observation");
  const std::int64_t length = reductions::folded_elements(x, folded);
  Array y = x;
  if (length == 0 || quantiles.q.empty()) {
    if (!is_inexact(result) && length == 0) reductions::require_elements(x, folded, name, "quantile");
    Shape shape;
    if (is_list) shape.push_back(quantiles.count());
    for (int i = 0; i < x.rank(); i++)
      if (!(folded >> i & 1u)) shape.push_back(x.shape()[i]);
    y = is_inexact(result) ? full(shape, std::numeric_limits<double>::quiet_NaN(), result) : full(shape, 0, result);
  } else {
    const bool by_columns = takes_whole_columns(x, length, quantiles);
    if (by_columns) y = rechunk(x, grid_of_columns(x, folded));
    const NodePtr& n = y.node();
    const ChunkGrid grid = n->grid();
    y = Array(std::make_shared<SelectNode>(identity_program(x.dtype()), std::vector<ScalarParameter>{},
                                           std::vector<Edge>{{n, IndexTransform::identity(n->shape())}}, grid,
                                           Selection{std::move(quantiles), folded, is_list, by_columns}));
  }
  if (kept.keepdims)
    for (int i = 0; i < x.rank(); i++)
      if (folded >> i & 1u) y = expand_dims(y, i + (is_list ? 1 : 0));
  return y;
}

Array median_of(const Array& x, const MedianOptions& o, bool skip_nan, const char* name) {
  return select(x, {{0.5}, QuantileMethod::middle, skip_nan}, false, {o.axis, o.keepdims}, name);
}

// q: of 1, or of 100.
struct Wanted {
  std::vector<double> q;
  bool is_list;
  double of;
};

Array quantiles_of(const Array& x, Wanted wanted, const QuantileOptions& o, bool skip_nan, const char* name) {
  const auto method = parse_quantile_method(o.method);
  if (!method)
    throw ValueError(std::string(name) + ": no method '" + o.method + "'; there are " + quantile_method_names());
  for (double& q : wanted.q) {
    if (!(q >= 0 && q <= wanted.of))
      throw ValueError(std::string(name) + ": " + to_string(Scalar(q)) + " is outside [0, " +
                       (wanted.of == 1 ? "1]" : "100]"));
    q /= wanted.of;
  }
  return select(x, {std::move(wanted.q), *method, skip_nan}, wanted.is_list, {o.axis, o.keepdims}, name);
}

}  // namespace

Array median(const Array& x, const MedianOptions& o) { return median_of(x, o, false, "median"); }
Array nanmedian(const Array& x, const MedianOptions& o) { return median_of(x, o, true, "nanmedian"); }

Array quantile(const Array& x, double q, const QuantileOptions& o) {
  return quantiles_of(x, {{q}, false, 1}, o, false, "quantile");
}
Array quantile(const Array& x, const std::vector<double>& q, const QuantileOptions& o) {
  return quantiles_of(x, {q, true, 1}, o, false, "quantile");
}
Array percentile(const Array& x, double q, const QuantileOptions& o) {
  return quantiles_of(x, {{q}, false, 100}, o, false, "percentile");
}
Array percentile(const Array& x, const std::vector<double>& q, const QuantileOptions& o) {
  return quantiles_of(x, {q, true, 100}, o, false, "percentile");
}
Array nanquantile(const Array& x, double q, const QuantileOptions& o) {
  return quantiles_of(x, {{q}, false, 1}, o, true, "nanquantile");
}
Array nanquantile(const Array& x, const std::vector<double>& q, const QuantileOptions& o) {
  return quantiles_of(x, {q, true, 1}, o, true, "nanquantile");
}
Array nanpercentile(const Array& x, double q, const QuantileOptions& o) {
  return quantiles_of(x, {{q}, false, 100}, o, true, "nanpercentile");
}
Array nanpercentile(const Array& x, const std::vector<double>& q, const QuantileOptions& o) {
  return quantiles_of(x, {q, true, 100}, o, true, "nanpercentile");
}

}  // namespace tessera
