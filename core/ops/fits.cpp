#include <tessera/core/ops/fits.hpp>

#include <algorithm>
#include <limits>

#include <tessera/core/ops/concat.hpp>
#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/pad.hpp>
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

// Coefficients of polynomials, the lowest power first, along the first axis of as many elements: t p(t).
Array raised(const Array& p) {
  PadWidths widths(static_cast<std::size_t>(p.rank()), {0, 0});
  widths[0] = {1, 0};
  return pad(slice(p, 0, {}, -1), widths);
}

// p((x - middle) / half) in powers of x, by Horner's rule.
Array in_powers_of_x(const Array& p, const Array& middle, const Array& half) {
  const std::int64_t length = p.shape()[0];
  PadWidths behind(static_cast<std::size_t>(p.rank()), {0, 0});
  behind[0] = {0, length - 1};
  const auto coefficient = [&](std::int64_t i) { return pad(slice(p, 0, i, i + 1), behind); };
  Array q = coefficient(length - 1);
  for (std::int64_t i = length - 2; i >= 0; i--) q = (raised(q) - q * middle) / half + coefficient(i);
  return q;
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
  // The polynomial of degree j, at t and as coefficients, and the one before.
  Array at = ones({x.size()}), before = zeros({x.size()});
  Array p = astype(arange(deg + 1) == 0, DType::float64), previous = zeros({deg + 1});
  std::optional<Array> norm, fit;
  Array rest = astype(y, wide(y));
  const double least = static_cast<double>(x.size()) * 1e-28;  // what rounding leaves of one that is 0 at all t
  for (std::int64_t j = 0;; j++) {
    const Array squares = sum(weighted(square(at)));
    const Array size = where(squares > least, squares, std::numeric_limits<double>::quiet_NaN());
    const Array c = sum(rest * beside(weighted(at), y.rank()), {.axis = 0}) / size;
    const Array part = beside(p, y.rank()) * c;
    fit = fit ? *fit + part : part;
    if (j == deg) break;
    rest = rest - beside(at, y.rank()) * c;
    const Array a = sum(weighted(t * square(at))) / size;
    const Array b = norm ? size / *norm : zeros({});
    const Array next = (t - a) * at - b * before, q = raised(p) - a * p - b * previous;
    before = at, at = next, previous = p, p = q, norm = size;
  }
  return flip(in_powers_of_x(*fit, middle, half), {0});
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
