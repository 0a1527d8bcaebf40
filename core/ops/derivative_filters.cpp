#include <tessera/core/ops/derivative_filters.hpp>

#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/filter_windows.hpp>

namespace tessera {
namespace {

Array smoothed_difference(const Array& x, std::int64_t axis, const std::vector<double>& smooth, const StencilOptions& o,
                          const char* function) {
  check_filterable(x, function);
  const FilterAxes all(x.shape(), {}, function);
  const int a = normalize_axis(axis, x.rank(), function);
  const auto by = [&](const Array& y, const std::vector<double>& weights, int i) {
    return correlate1d(y, weights, i, {.mode = {all.of(o.mode, i, "modes")}, .cval = o.cval});
  };
  Array y = by(x, {-1, 0, 1}, a);
  for (int i = 0; i < x.rank(); i++)
    if (i != a) y = by(y, smooth, i);
  return y;
}

/// The sum of f(k) for the k-th of these axes; x where there are none.
template <class F>
Array sum_over(const Array& x, const FilterAxes& axes, const F& f) {
  if (axes.count() == 0) return x;
  Array sum = f(0);
  for (int k = 1; k < axes.count(); k++) sum = sum + f(k);
  return sum;
}

/// The Gaussian's derivative along the k-th of the axes.
Array derivative(const Array& x, const FilterAxes& axes, int k, std::int64_t order, const std::vector<double>& sigma,
                 const GaussianOptions& given) {
  GaussianOptions o = given;
  o.order = along(k, axes.count(), order, 0);
  o.mode = {axes.of(given.mode, k, "modes")};
  return gaussian_filter(x, sigma, o);
}

void refuse_order(const GaussianOptions& o, const char* function) {
  if (!o.order.empty()) throw ValueError(std::string(function) + ": the function has its own 'order'");
}

}  // namespace

Array sobel(const Array& x, std::int64_t axis, const StencilOptions& o) {
  return smoothed_difference(x, axis, {1, 2, 1}, o, "sobel");
}

Array prewitt(const Array& x, std::int64_t axis, const StencilOptions& o) {
  return smoothed_difference(x, axis, {1, 1, 1}, o, "prewitt");
}

Array gaussian_laplace(const Array& x, const std::vector<double>& sigma, const GaussianOptions& o) {
  refuse_order(o, "gaussian_laplace");
  const FilterAxes axes(x.shape(), o.axes, "gaussian_laplace");
  return sum_over(x, axes, [&](int k) { return derivative(x, axes, k, 2, sigma, o); });
}

Array gaussian_gradient_magnitude(const Array& x, const std::vector<double>& sigma, const GaussianOptions& o) {
  refuse_order(o, "gaussian_gradient_magnitude");
  const FilterAxes axes(x.shape(), o.axes, "gaussian_gradient_magnitude");
  if (axes.count() == 0) return x;
  const Array squares = sum_over(x, axes, [&](int k) {
    const Array slope = derivative(x, axes, k, 1, sigma, o);
    return slope * slope;
  });
  return astype(sqrt(squares), x.dtype());
}

}  // namespace tessera
