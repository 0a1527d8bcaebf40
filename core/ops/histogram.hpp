#pragma once
// Histograms, under NumPy's names and rules. Lazy: a Group node, behind the smallest and the largest element where the bins
// depend on them. Bin k is [edges[k], edges[k + 1]), the last one with its right end. NaN, and what lies outside, is not
// counted. Counts have NumPy's values; edges have its bits.
#include <concepts>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <tessera/core/ops/bincount.hpp>

namespace tessera {

/// How many bins of equal width there are, or the edges of all: numbers or an array, 1-d, rising.
class TESSERA_API Bins {
 public:
  template <std::integral T>
  Bins(T n) : how_(static_cast<std::int64_t>(n)) {}                        // NOLINT: histogram(x, 10) is the point
  Bins(const Array& edges) : how_(edges) {}                                // NOLINT
  Bins(const std::vector<double>& edges) : how_(edges) {}                  // NOLINT
  Bins(std::initializer_list<double> edges) : how_(std::vector(edges)) {}  // NOLINT
  const std::variant<std::int64_t, Array, std::vector<double>>& how() const { return how_; }

 private:
  std::variant<std::int64_t, Array, std::vector<double>> how_;
};

/// The first and the last edge of bins of equal width.
using BinRange = std::pair<double, double>;

struct HistogramOptions {
  ByName by_name{};
  std::optional<BinRange> range{};  ///< else from the smallest to the largest element; does not matter to edges
  bool density = false;             ///< counts divided by their sum and the widths of the bins: float64
  std::optional<Array> weights{};   ///< of the shape of x: their sums, in their dtype, instead of counts
};
struct Histogram {
  Array counts;  ///< int64, of weights or a density their dtypes; one element a bin
  Array edges;   ///< one more; float64, float32 for x of float32, the dtype of an array that was given
};
/// x: real or bool, any shape. throws ValueError for no bins, a range that is no range, edges that fall; DTypeError for
/// complex x, ShapeError for weights of another shape. Edges in an array, and a range that elements give, are looked at when
/// the result is evaluated: ValueError.
TESSERA_API Histogram histogram(const Array& x, const Bins& bins = 10, const HistogramOptions& options = {});
/// Its edges.
TESSERA_API Array histogram_bin_edges(const Array& x, const Bins& bins = 10, const std::optional<BinRange>& range = {});

struct HistogramddOptions {
  ByName by_name{};
  std::vector<std::optional<BinRange>> range{};  ///< one for each coordinate; none: of all as in HistogramOptions
  bool density = false;
  std::optional<Array> weights{};
};
struct Histogramdd {
  Array counts;              ///< float64, an axis for each coordinate
  std::vector<Array> edges;  ///< of each
};
/// Of points, one array for each coordinate, all of one shape. bins: one for all coordinates, or one for each.
TESSERA_API Histogramdd histogramdd(const std::vector<Array>& sample, const std::vector<Bins>& bins = {10},
                                    const HistogramddOptions& options = {});
/// sample: of shape (points, coordinates).
TESSERA_API Histogramdd histogramdd(const Array& sample, const std::vector<Bins>& bins = {10},
                                    const HistogramddOptions& options = {});
/// Of two coordinates.
TESSERA_API Histogramdd histogram2d(const Array& x, const Array& y, const std::vector<Bins>& bins = {10},
                                    const HistogramddOptions& options = {});

}  // namespace tessera
