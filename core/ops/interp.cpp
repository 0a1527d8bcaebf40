#include <tessera/core/ops/interp.hpp>

#include <cmath>

#include <tessera/core/ops/choices.hpp>
#include <tessera/core/ops/concat.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/gather.hpp>
#include <tessera/core/ops/searching.hpp>
#include <tessera/core/ops/shape_functions.hpp>
#include <tessera/core/ops/slices.hpp>
#include <tessera/core/ops/sorting.hpp>

namespace tessera {
namespace {

void check(const Array& x, const Array& xp, const Array& fp, const InterpOptions& options) {
  if (xp.rank() != 1 || fp.rank() != 1 || xp.size() != fp.size())
    throw ShapeError("interp: xp of shape " + to_string(xp.shape()) + " and fp of shape " + to_string(fp.shape()) +
                     "; they must be 1-d and of one length");
  if (xp.size() == 0) throw ValueError("interp: no points (xp and fp are empty)");
  for (const auto& [name, array] : {std::pair{"x", &x}, {"xp", &xp}, {"fp", &fp}})
    if (is_complex(array->dtype()))
      throw DTypeError(std::string("interp: ") + name + " has dtype " + to_string(array->dtype()) +
                       "; interpolate real and imaginary parts one by one");
  if (options.period && (*options.period == 0 || !std::isfinite(*options.period)))
    throw ValueError("interp: the period is " + to_string(Scalar(*options.period)) +
                     "; it must be a number other than 0");
}

Array part(const Array& line, std::int64_t from, std::int64_t to) { return slice(line, 0, from, to); }

/// Points of one period, in order, with one more at each end.
void make_periodic(Array& x, Array& xp, Array& fp, double period) {
  const std::int64_t n = xp.size();
  x = remainder(x, period);
  const Array within = remainder(xp, period), order = argsort(within);
  xp = take(within, order);
  fp = take(fp, order);
  xp = concat({part(xp, n - 1, n) - period, xp, part(xp, 0, 1) + period});
  fp = concat({part(fp, n - 1, n), fp, part(fp, 0, 1)});
}

/// Between points: rows of (coordinate, value, slope; coordinate, value of the next one), of which x's is taken.
Array between(const Array& x, const Array& xp, const Array& fp, const Array& below) {
  const std::int64_t n = xp.size();
  const Array x0 = part(xp, 0, n - 1), x1 = part(xp, 1, n), y0 = part(fp, 0, n - 1), y1 = part(fp, 1, n);
  const Array around =
      take(stack({x0, y0, (y1 - y0) / (x1 - x0), x1, y1}, 1), clip(below, Operand(0), Operand(n - 2)), 0);
  const auto column = [&](std::int64_t k) { return around[{Ellipsis{}, k}]; };
  const Array first = column(0), value = column(1), slope = column(2), next = column(4);
  const Array forward = slope * (x - first) + value, backward = slope * (x - column(3)) + next;
  // From the other end where infinite points make no number of the first.
  const Array result =
      where(isnan(forward), where(logical_and(isnan(backward), equal(value, next)), value, backward), forward);
  return where(equal(x, first), value, result);
}

}  // namespace

Array interp(const Array& given, const Array& coordinates, const Array& values, const InterpOptions& options) {
  check(given, coordinates, values, options);
  Array x = astype(given, DType::float64), xp = astype(coordinates, DType::float64);
  Array fp = astype(values, DType::float64);
  if (options.period) make_periodic(x, xp, fp, std::abs(*options.period));
  const std::int64_t n = xp.size();
  const auto end = [&](std::int64_t k, const std::optional<double>& outside) {
    return outside && !options.period ? Operand(*outside) : Operand(part(fp, k, k + 1)[{0}]);
  };
  const Array last = part(fp, n - 1, n)[{0}], first_x = xp[{0}], last_x = xp[{n - 1}];
  const Array below = searchsorted(xp, x, Side::right) - 1;
  Array result = n == 1 ? broadcast_to(last, x.shape()) : between(x, xp, fp, below);
  result = where(equal(x, last_x), last, result);
  result = where(less(x, first_x), end(0, options.left), result);
  result = where(greater(x, last_x), end(n - 1, options.right), result);
  return where(isnan(x), x, result);
}

}  // namespace tessera
