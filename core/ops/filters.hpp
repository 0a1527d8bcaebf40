#pragma once
// Filters: every element is made of those around it. Lazy; ranks exchange the edges of what they have. Names, windows and
// rules beyond the ends are scipy.ndimage's, and so is the arithmetic: sums in float64, in the order of its loops, rounded
// once to the dtype of x, which integers are cut to; filters of several axes go axis by axis, rounded in between. Results
// have the shape, dtype and chunks of x. Complex arrays are refused (DTypeError): real and imaginary parts can be filtered.
#include <initializer_list>
#include <string>
#include <vector>

#include <tessera/core/array.hpp>
#include <tessera/core/axes.hpp>

namespace tessera {

/// A small array of weights that the program has.
struct Weights {
  Shape shape;
  std::vector<double> values;  ///< row-major

  Weights() = default;
  /// throws ShapeError when there are not as many values as the shape has.
  TESSERA_API Weights(const Shape& of, std::vector<double> row_major);
  Weights(std::vector<double> v) : shape{static_cast<std::int64_t>(v.size())}, values(std::move(v)) {}  // NOLINT
  Weights(std::initializer_list<double> v) : Weights(std::vector<double>(v)) {}                         // NOLINT
  /// Rows: {{0, 1, 0}, {1, -4, 1}, {0, 1, 0}}. throws ShapeError when they differ in length.
  TESSERA_API Weights(std::initializer_list<std::initializer_list<double>> rows);  // NOLINT
};

/// Which elements of a window count: those whose weight is not 0. Footprint({{0, 1, 0}, {1, 1, 1}, {0, 1, 0}}).
struct Footprint {
  explicit Footprint(Weights of) : window(std::move(of)) {}
  explicit Footprint(std::initializer_list<std::initializer_list<double>> rows) : window(rows) {}
  Weights window;
};

/// "One an axis" is one for each of `axes`, in their order, or for each axis of x unless these are given.
struct FilterOptions {
  ByName by_name{};
  /// What stands beyond the ends of an axis of (a b c d): reflect (or grid-mirror) d c b a | a b c d | d c b a; mirror
  /// d c b | a b c d | c b a; nearest a a a | a b c d | d d d; wrap (or grid-wrap) b c d | a b c d | a b c; constant (or
  /// grid-constant) `cval`. One for all axes, or one an axis.
  std::vector<std::string> mode{"reflect"};
  double cval = 0;  ///< in x's dtype, which must have it
  Dims origin{};    ///< how far windows are moved towards the front; one for all axes, or one an axis; 0 unless given
  /// Of weighted sums and means: in what they are added. float32, of float32 arrays alone, is 1.5 times as fast and off by
  /// up to m + 3 units of 2^-24 of the sum of |weight * element|, m being the number of terms (pairs of symmetric weights
  /// are one); the order is the same, so are its bits anywhere. throws DTypeError for others.
  DType sum_dtype = DType::float64;
  /// Along which the filter goes; what lies along others is filtered by itself. Of filters of several axes; axis k of weights
  /// and footprints lies along axes[k].
  Axes axes{};
};
struct GaussianOptions {
  ByName by_name{};
  Dims order{};  ///< of the derivative of the Gaussian; one for all axes, or one an axis; 0 unless given
  std::vector<std::string> mode{"reflect"};
  double cval = 0;
  double truncate = 4;               ///< where the Gaussian ends, in sigmas
  DType sum_dtype = DType::float64;  ///< as FilterOptions has it
  Axes axes{};                       ///< as FilterOptions has them
  Dims radius{};  ///< where it ends, in elements: one for all axes, or one an axis; `truncate` says it unless given
};

/// The sum of weights times the elements around each element; of a window of n the middle is element n / 2. Of weights up
/// to 2e-16, as 0, no element is taken. throws ShapeError unless weights have an axis for each of x, or of options.axes,
/// and for axes that x does not have, or twice; ValueError for an unknown mode, an origin outside the window, a `cval` that
/// the dtype does not have, and empty weights.
TESSERA_API Array correlate(const Array& x, const Weights& weights, const FilterOptions& options = {});
/// The same with weights in reverse, whose middle is element (n - 1) / 2 of those.
TESSERA_API Array convolve(const Array& x, const Weights& weights, const FilterOptions& options);
/// Along one axis.
TESSERA_API Array correlate1d(const Array& x, const std::vector<double>& weights, std::int64_t axis = -1,
                              const FilterOptions& options = {});
TESSERA_API Array convolve1d(const Array& x, const std::vector<double>& weights, std::int64_t axis = -1,
                             const FilterOptions& options = {});

/// NumPy's convolve and correlate, along all axes: with 0 beyond the ends, in the common dtype of x and float64. full: all
/// places where x and the weights overlap; same: as many as the longer of both has, in the middle; valid: where the
/// shorter lies within the longer. throws ShapeError unless weights have the rank of x; ValueError when either is empty.
enum class Overlap { full, same, valid };
TESSERA_API Array convolve(const Array& x, const Weights& weights, Overlap overlap = Overlap::full);
TESSERA_API Array correlate(const Array& x, const Weights& weights, Overlap overlap);

/// Means of windows of `size` elements: one for all axes, or one an axis. Added anew for each element, where scipy.ndimage
/// goes on from the one before, so that the last bits differ. throws ValueError for a size below 1, and as correlate does.
TESSERA_API Array uniform_filter(const Array& x, const Dims& size, const FilterOptions& options = {});
/// Along one axis, as the other filters whose names end so; options.axes are refused (ValueError).
TESSERA_API Array uniform_filter1d(const Array& x, std::int64_t size, std::int64_t axis = -1,
                                   const FilterOptions& options = {});
/// The least and the largest element of windows, or of footprints in these; NaN where there is one. throws ShapeError for
/// footprints that do not have an axis for each of x, or of options.axes; ValueError for those without elements.
TESSERA_API Array minimum_filter(const Array& x, const Dims& size, const FilterOptions& options = {});
TESSERA_API Array maximum_filter(const Array& x, const Dims& size, const FilterOptions& options = {});
TESSERA_API Array minimum_filter(const Array& x, const Footprint& footprint, const FilterOptions& options = {});
TESSERA_API Array maximum_filter(const Array& x, const Footprint& footprint, const FilterOptions& options = {});
TESSERA_API Array minimum_filter1d(const Array& x, std::int64_t size, std::int64_t axis = -1,
                                   const FilterOptions& options = {});
TESSERA_API Array maximum_filter1d(const Array& x, std::int64_t size, std::int64_t axis = -1,
                                   const FilterOptions& options = {});
/// Of windows or footprints of n elements the one at place n / 2 of their order, NaN last.
TESSERA_API Array median_filter(const Array& x, const Dims& size, const FilterOptions& options = {});
TESSERA_API Array median_filter(const Array& x, const Footprint& footprint, const FilterOptions& options = {});
/// The one at place `rank`; negative ones count from the largest. throws ValueError where there is none.
TESSERA_API Array rank_filter(const Array& x, std::int64_t rank, const Dims& size, const FilterOptions& options = {});
TESSERA_API Array rank_filter(const Array& x, std::int64_t rank, const Footprint& footprint,
                              const FilterOptions& options = {});
/// The one at place n * percentile / 100, rounded down, the last for 100; percentile -p is 100 - p. throws ValueError unless
/// it is from -100 to 100.
TESSERA_API Array percentile_filter(const Array& x, double percentile, const Dims& size,
                                    const FilterOptions& options = {});
TESSERA_API Array percentile_filter(const Array& x, double percentile, const Footprint& footprint,
                                    const FilterOptions& options = {});
/// Gaussian of standard deviation `sigma` elements: one for all axes, or one an axis; of 0 an axis stays as it is. throws
/// ValueError for a negative sigma, order or radius.
TESSERA_API Array gaussian_filter(const Array& x, const std::vector<double>& sigma,
                                  const GaussianOptions& options = {});
TESSERA_API Array gaussian_filter1d(const Array& x, double sigma, std::int64_t axis = -1,
                                    const GaussianOptions& options = {});

}  // namespace tessera
