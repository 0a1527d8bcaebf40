#include <tessera/core/ops/fits.hpp>

#include <algorithm>
#include <complex>
#include <limits>
#include <utility>
#include <vector>

#include <tessera/core/ops/concat.hpp>
#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/gufunc.hpp>
#include <tessera/core/ops/reductions.hpp>
#include <tessera/core/ops/shape_functions.hpp>
#include <tessera/core/ops/slices.hpp>

namespace tessera {
namespace {

constexpr std::int64_t highest_degree = 64;

DType wide(const Array& y) { return is_complex(y.dtype()) ? DType::complex128 : DType::float64; }

void check_points(const Array& x, const Array& y, std::int64_t deg, const std::optional<Array>& w) {
  const auto shapes = [&] {
    return "polyfit: x of shape " + to_string(x.shape()) + ", y of shape " + to_string(y.shape());
  };
  if (deg < 0 || deg > highest_degree)
    throw ValueError("polyfit: the degree must be from 0 to " + std::to_string(highest_degree) + ", not " +
                     std::to_string(deg));
  if (x.rank() != 1) throw ShapeError(shapes() + ": x must be 1-d");
  if (y.rank() == 0 || y.shape()[0] != x.shape()[0]) throw ShapeError(shapes() + ": y must have a row for each x");
  if (x.size() == 0) throw ValueError("polyfit: there are no points");
  if (w && w->shape() != x.shape()) throw ShapeError(shapes() + ", w of shape " + to_string(w->shape()));
  if (is_complex(x.dtype()) || (w && is_complex(w->dtype()))) throw DTypeError("polyfit: x and w must be real");
}

// x with axes of length 1 behind, to broadcast with y.
Array beside(Array x, int rank) {
  while (x.rank() < rank) x = expand_dims(x, -1);
  return x;
}

// Numbers of one kind, along a last axis.
Array side_by_side(const std::vector<Array>& numbers) { return stack(numbers, -1); }

// Of parts c of orthogonal polynomials p, p_(j + 1) = (t - a_j) p_j - b_j p_(j - 1) with t = (x - middle) / half: the
// coefficients of their sum in powers of x, the highest first. A function of numbers: as an expression it would be one of
// deg^2 of them, each made of those before.
template <class C>
void in_powers_of_x(BlockView<const C> c, BlockView<const double> a, BlockView<const double> b,
                    BlockView<const double> scale, BlockView<C> out) {
  const std::int64_t length = c.size();
  const double middle = scale[0], half = scale[1];
  std::vector<double> p(static_cast<std::size_t>(length)), before(p), next(p);  // the lowest power first
  std::vector<C> fit(p.size()), q(p.size());
  p[0] = 1;
  for (std::int64_t j = 0; j < length; j++) {
    for (std::size_t k = 0; k < p.size(); k++) fit[k] = j == 0 ? p[k] * c[j] : fit[k] + p[k] * c[j];
    for (std::size_t k = 0; k < p.size(); k++) next[k] = (k > 0 ? p[k - 1] : 0) - a[j] * p[k] - b[j] * before[k];
    std::swap(before, p), std::swap(p, next);
  }
  q[0] = fit.back();  // Horner's rule
  for (std::size_t i = q.size() - 1; i-- > 0;)
    for (std::size_t k = q.size(); k-- > 0;)
      q[k] = ((k > 0 ? q[k - 1] : C{0}) - q[k] * middle) / half + (k == 0 ? fit[i] : C{0});
  for (std::int64_t k = 0; k < length; k++) out[length - 1 - k] = q[static_cast<std::size_t>(k)];
}

Array straight(const Array& x, int axis) {
  const std::int64_t n = x.shape()[axis];
  const auto length = static_cast<double>(n);
  const Array t = beside(arange(0.0, length) - (length - 1) / 2, x.rank() - axis);
  const double squares = n == 1 ? 1 : length * (length * length - 1) / 12;
  const ReduceOptions along{.axis = axis, .keepdims = true};
  return x - mean(x, along) - t * (sum(x * t, along) / squares);
}

}  // namespace

Array polyfit(const Array& given, const Array& y, std::int64_t deg, const std::optional<Array>& w) {
  check_points(given, y, deg, w);
  const Array x = astype(given, DType::float64);
  const Array low = min(x), high = max(x);
  const Array width = (high - low) / 2.0, middle = low + width, half = where(width > 0.0, width, 1.0);
  const Array t = (x - middle) / half;
  const std::optional<Array> weights = w ? std::optional(square(astype(*w, DType::float64))) : std::nullopt;
  const auto weighted = [&](const Array& v) { return weights ? v * *weights : v; };
  // The polynomial of degree j at t, and the one before.
  Array at = ones({x.size()}), before = zeros({x.size()});
  std::vector<Array> a, b, c;
  std::optional<Array> norm;
  Array rest = astype(y, wide(y));
  const double least = static_cast<double>(x.size()) * 1e-28;  // what rounding leaves of one that is 0 at all t
  for (std::int64_t j = 0;; j++) {
    const Array squares = sum(weighted(square(at)));
    const Array size = where(squares > least, squares, std::numeric_limits<double>::quiet_NaN());
    c.push_back(sum(rest * beside(weighted(at), y.rank()), {.axis = 0}) / size);
    a.push_back(j == deg ? zeros({}) : sum(weighted(t * square(at))) / size);
    b.push_back(norm ? size / *norm : zeros({}));
    if (j == deg) break;
    rest = rest - beside(at, y.rank()) * c.back();
    const Array next = (t - a.back()) * at - b.back() * before;
    before = at, at = next, norm = size;
  }
  const std::vector<Array> numbers{side_by_side(c), side_by_side(a), side_by_side(b), side_by_side({middle, half})};
  const GufuncOptions options{.name = "polynomial in powers of x"};
  const char* const signature = "(n),(n),(n),(m)->(n)";
  const Array fit = is_complex(rest.dtype())
                        ? apply_gufunc(signature, in_powers_of_x<std::complex<double>>, numbers, options)
                        : apply_gufunc(signature, in_powers_of_x<double>, numbers, options);
  return moveaxis(fit, -1, 0);
}

Array detrend(const Array& given, const DetrendOptions& o) {
  const int axis = normalize_axis(o.axis, given.rank(), "detrend");
  const std::int64_t n = given.shape()[axis];
  if (o.type != "linear" && o.type != "constant")
    throw ValueError("detrend: the type must be 'linear' or 'constant', not '" + o.type + "'");
  if (n == 0) throw ValueError("detrend: axis " + std::to_string(axis) + " has no elements");
  const DType result = to_inexact(given.dtype());
  const Array x = astype(given, wide(given));
  if (o.type == "constant") return astype(x - mean(x, {.axis = axis, .keepdims = true}), result);
  std::vector<std::int64_t> ends = o.bp;
  for (const auto at : ends)
    if (at < 0 || at > n)
      throw ValueError("detrend: the break point " + std::to_string(at) + " lies outside of " + std::to_string(n) +
                       " elements");
  ends.push_back(0), ends.push_back(n);
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  std::vector<Array> parts;
  for (std::size_t i = 1; i < ends.size(); i++) parts.push_back(straight(slice(x, axis, ends[i - 1], ends[i]), axis));
  return astype(parts.size() == 1 ? parts[0] : concat(parts, axis), result);
}

}  // namespace tessera
