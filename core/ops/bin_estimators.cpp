#include <tessera/core/ops/bin_estimators.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

#include <tessera/core/ops/bin_edges.hpp>
#include <tessera/core/ops/concat.hpp>
#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/literal.hpp>
#include <tessera/core/ops/quantiles.hpp>
#include <tessera/core/ops/reductions.hpp>

namespace tessera {
namespace bins {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr DType f64 = DType::float64;
constexpr std::int64_t most_bins = 10'000'000;
// Of stone: numbers of bins that are tried, and their edges in one pass.
constexpr std::int64_t least_tried = 100, most_tried = 2048, most_edges = std::int64_t{1} << 18;

bool is_integer(const Array& x) { return kind_of(x.dtype()) == Kind::integer; }

/// The elements that an estimator sees.
struct Sample {
  Array x;
  bool is_part;  ///< the others are NaN
};

// x - least as uint64, where `least` is the smallest integer in the range: so the large integers are told apart in float64 that
// lie close together.
Array above_first(const Array& x, BinRange range) {
  constexpr double end = 0x1p64, half = 0x1p63;
  const double first = std::ceil(range.first);
  std::uint64_t least = 0;
  if (!is_signed_integer(x.dtype()))
    least = first > 0 && first < end ? static_cast<std::uint64_t>(first) : 0;
  else if (first >= -half && first < half)
    least = static_cast<std::uint64_t>(static_cast<std::int64_t>(first));
  return astype(astype(x, DType::uint64) - least, f64);
}

Sample sample_of(const Array& x, const BinEstimatorOptions& o) {
  if (!o.range) return {x, o.skip_nan && is_inexact(x.dtype())};
  const Array inside = logical_and(x >= o.range->first, x <= o.range->second);
  return {where(inside, is_integer(x) ? above_first(x, *o.range) : x, nan), true};
}

/// What is known of the elements.
struct Figures {
  double n = 0, least = 0, most = 0;
  double distance = 0;  ///< from the smallest to the largest, rounded once
  double lower = 0, upper = 0, deviation = 0, skewness = 0;
};

Array distance(const Array& least, const Array& most) {
  if (!is_integer(least)) return astype(most - least, f64);
  return astype(astype(most, DType::uint64) - astype(least, DType::uint64), f64);
}

// Mean of ((x - mean) / deviation)^3.
Array skewness(const Array& wide, const Array& deviation, bool is_part) {
  const Array z = (wide - (is_part ? nanmean(wide) : mean(wide))) / deviation, cubes = z * z * z;
  return is_part ? nanmean(cubes) : mean(cubes);
}

Figures figures_of(const Sample& s, std::string_view estimator, const CountMask& count) {
  const Array least = s.is_part ? nanmin(s.x) : min(s.x), most = s.is_part ? nanmax(s.x) : max(s.x);
  std::vector<Array> wanted{astype(least, f64), astype(most, f64), distance(least, most)};
  if (s.is_part) wanted.push_back(astype(tessera::count(s.x), f64));
  const bool spread = estimator == "scott" || estimator == "doane",
             quartiles = estimator == "fd" || estimator == "auto";
  if (spread) {
    const Array wide = astype(s.x, f64), deviation = s.is_part ? nanstd(wide) : std(wide);
    wanted.push_back(deviation);
    if (estimator == "doane") wanted.push_back(skewness(wide, deviation, s.is_part));
  }
  Array all = stack(wanted);
  if (quartiles) all = concat({all, s.is_part ? nanpercentile(s.x, {25, 75}) : percentile(s.x, {25, 75})});
  const std::vector<std::int64_t> bits = count(all);
  std::size_t next = 0;
  const auto take = [&] { return std::bit_cast<double>(bits.at(next++)); };
  Figures f;
  f.least = take(), f.most = take(), f.distance = take();
  f.n = s.is_part ? take() : static_cast<double>(s.x.size());
  if (spread) f.deviation = take();
  if (estimator == "doane") f.skewness = take();
  if (quartiles) f.lower = take(), f.upper = take();
  return f;
}

// How many of the edges there are in histograms of [first, end) bins.
std::int64_t edges_of(std::int64_t first, std::int64_t end) { return (end - first) * (first + end + 1) / 2; }

/// How many elements lie below each edge of several histograms, counted by one histogram with all their edges.
class CountsBelow {
 public:
  CountsBelow(const Array& x, std::vector<double> edges, const CountMask& count) : edges_(std::move(edges)) {
    std::sort(edges_.begin(), edges_.end());
    edges_.erase(std::unique(edges_.begin(), edges_.end()), edges_.end());
    const std::vector<std::int64_t> counts = count(histogram(x, edges_).counts);
    below_.push_back(0);
    for (const std::int64_t c : counts) below_.push_back(below_.back() + c);
  }
  /// The last edge belongs to the last bin.
  std::vector<std::int64_t> counts(const std::vector<double>& edges) const {
    std::vector<std::int64_t> counts;
    for (std::size_t k = 0; k + 1 < edges.size(); k++) counts.push_back(below(edges[k + 1]) - below(edges[k]));
    counts.back() = below_.back() - below(edges[edges.size() - 2]);
    return counts;
  }

 private:
  std::int64_t below(double edge) const {
    return below_[static_cast<std::size_t>(std::lower_bound(edges_.begin(), edges_.end(), edge) - edges_.begin())];
  }
  std::vector<double> edges_;
  std::vector<std::int64_t> below_;
};

std::vector<double> edges_of(const Array& x, BinRange range, std::int64_t bins) {
  std::vector<double> edges = bins::equal_edges(range, bins);
  if (bins::edge_dtype(x.dtype()) == DType::float32)
    for (double& e : edges) e = static_cast<double>(static_cast<float>(e));
  return edges;
}

// The cross-validated squared error of a histogram, but for what is the same of all.
double stone_error(const std::vector<std::int64_t>& counts, const Figures& f) {
  double squares = 0;
  for (const std::int64_t c : counts) {
    const double share = static_cast<double>(c) / f.n;
    squares += share * share;
  }
  return (2 - (f.n + 1) * squares) / (f.distance / static_cast<double>(counts.size()));
}

double stone_width(const Array& x, const Figures& f, BinRange range, const CountMask& count) {
  if (f.n <= 1 || f.distance == 0) return 0;
  const std::int64_t tried = std::clamp(static_cast<std::int64_t>(std::sqrt(f.n)), least_tried, most_tried);
  double least = std::numeric_limits<double>::infinity();
  std::int64_t best = 1;
  for (std::int64_t first = 1, end = 1; first <= tried; first = end) {
    while (end <= tried && edges_of(first, end + 1) <= most_edges) end++;
    std::vector<double> all;
    for (std::int64_t bins = first; bins < end; bins++) {
      const auto edges = edges_of(x, range, bins);
      all.insert(all.end(), edges.begin(), edges.end());
    }
    const CountsBelow below(x, std::move(all), count);
    for (std::int64_t bins = first; bins < end; bins++) {
      const double error = stone_error(below.counts(edges_of(x, range, bins)), f);
      if (error < least) least = error, best = bins;
    }
  }
  return f.distance / static_cast<double>(best);
}

// NumPy's formulas in NumPy's order, for the bits: a width that divides the range may be one bin more otherwise.
double sturges_width(const Figures& f) { return f.distance / (std::log2(f.n) + 1.0); }
double fd_width(const Figures& f) { return 2.0 * (f.upper - f.lower) * std::pow(f.n, -1.0 / 3.0); }
double scott_width(const Figures& f) {
  return std::pow(24.0 * std::sqrt(std::numbers::pi) / f.n, 1.0 / 3.0) * f.deviation;
}
double doane_width(const Figures& f) {
  if (f.n <= 2 || !(f.deviation > 0)) return 0;
  const double scale = std::sqrt(6.0 * (f.n - 2) / ((f.n + 1.0) * (f.n + 3)));
  return f.distance / (1.0 + std::log2(f.n) + std::log2(1.0 + std::abs(f.skewness) / scale));
}
double auto_width(const Figures& f) {
  const double fd = fd_width(f);
  return fd != 0 ? std::min(fd, sturges_width(f)) : sturges_width(f);
}

std::string to_text(BinRange r) { return "(" + to_string(Scalar(r.first)) + ", " + to_string(Scalar(r.second)) + ")"; }

double width_of(const Array& x, std::string_view estimator, const Figures& f, BinRange range, const CountMask& count) {
  if (estimator == "auto") return auto_width(f);
  if (estimator == "fd") return fd_width(f);
  if (estimator == "doane") return doane_width(f);
  if (estimator == "scott") return scott_width(f);
  if (estimator == "stone") return stone_width(x, f, range, count);
  if (estimator == "rice") return f.distance / (2.0 * std::pow(f.n, 1.0 / 3.0));
  if (estimator == "sturges") return sturges_width(f);
  return f.distance / std::sqrt(f.n);
}

void check_name(std::string_view estimator) {
  const auto& names = bin_estimators();
  if (std::find(names.begin(), names.end(), estimator) != names.end()) return;
  std::string all;
  for (const auto& name : names) all += (all.empty() ? "" : ", ") + name;
  throw ValueError("histogram: no estimator '" + std::string(estimator) + "' of the number of bins; there are " + all);
}

}  // namespace
}  // namespace bins

const std::vector<std::string>& bin_estimators() {
  static const std::vector<std::string> names{"auto", "fd", "doane", "scott", "stone", "rice", "sturges", "sqrt"};
  return names;
}

std::int64_t estimated_bins(const Array& given, std::string_view estimator, const BinEstimatorOptions& options,
                            const CountMask& count) {
  bins::check_name(estimator);
  const Array elements = bins::checked_elements(given);
  const Array x = elements.dtype() == DType::bool_ ? astype(elements, DType::uint8) : elements;
  BinEstimatorOptions o = options;
  if (o.range) o.range = bins::checked_range(*o.range);
  if (x.size() == 0) return 1;
  const bins::Figures f = bins::figures_of(bins::sample_of(x, o), estimator, count);
  if (f.n == 0) return 1;
  const std::string what = "histogram: bins='" + std::string(estimator) + "'";
  if (!std::isfinite(f.least) || !std::isfinite(f.most))
    throw ValueError(what + ": the elements reach from " + to_string(Scalar(f.least)) + " to " +
                     to_string(Scalar(f.most)) + ", which is no finite range; give a range");
  const BinRange range = o.range ? *o.range : bins::checked_range({f.least, f.most});
  const double distance = o.range || f.distance == 0 ? range.second - range.first : f.distance;
  if (!std::isfinite(distance))
    throw ValueError(what + ": the range " + bins::to_text(range) +
                     " is wider than the largest number; give a smaller range");
  double width = bins::width_of(x, estimator, f, range, count);
  if (width == 0) return 1;
  if (bins::is_integer(x) && width < 1) width = 1;
  const double number = std::ceil(distance / width);
  if (!(number <= static_cast<double>(bins::most_bins)))
    throw ValueError(what + ": over the range " + bins::to_text(range) + " there would be " +
                     to_string(Scalar(number)) + " bins, each " + to_string(Scalar(width)) + " wide; more than " +
                     std::to_string(bins::most_bins) +
                     " are not made: give a number of bins, a smaller range, or 'sturges'");
  return static_cast<std::int64_t>(number);
}

Histogram histogram(const Array& x, std::string_view estimator, const HistogramOptions& options,
                    const CountMask& count) {
  if (options.weights)
    throw UsageError(
        "histogram: the number of bins is not estimated with weights; give it, or the edges, instead of '" +
        std::string(estimator) + "'");
  return histogram(x, estimated_bins(x, estimator, {.range = options.range}, count), options);
}

Array histogram_bin_edges(const Array& x, std::string_view estimator, const std::optional<BinRange>& range,
                          const CountMask& count) {
  return histogram_bin_edges(x, estimated_bins(x, estimator, {.range = range}, count), range);
}

}  // namespace tessera
