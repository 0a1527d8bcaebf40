// Random arrays whose parameters are arrays: standard draws, moved and stretched by Maps, so that they fuse and keep
// what holds for the draws.
#include <tessera/core/ops/random_parameters.hpp>

#include <limits>

#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/cumulative.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/gather.hpp>
#include <tessera/core/ops/index_arrays.hpp>
#include <tessera/core/ops/probabilities.hpp>
#include <tessera/core/ops/random.hpp>
#include <tessera/core/ops/reductions.hpp>
#include <tessera/core/ops/searching.hpp>
#include <tessera/core/ops/shape_functions.hpp>

namespace tessera {
namespace {

// Comparing a draw with so many elements costs less than looking one of them up.
constexpr std::int64_t few_choices = 16;

bool broadcasts(const Shape& from, const Shape& to) {
  if (from.size() > to.size()) return false;
  for (int i = 1; i <= from.size(); i++)
    if (const auto n = from[from.size() - i]; n != 1 && n != to[to.size() - i]) return false;
  return true;
}

}  // namespace

Operand random_parameter(const char* function, const char* name, const Operand& value, const Shape& shape, DType type) {
  const Array* a = value.array();
  if (a == nullptr) return value.scalar()->as<double>();
  if (is_complex(a->dtype())) throw DTypeError(std::string(function) + ": " + name + " is complex");
  if (!broadcasts(a->shape(), shape))
    throw ShapeError(std::string(function) + ": " + name + " of shape " + to_string(a->shape()) +
                     " does not broadcast to the shape " + to_string(shape));
  return astype(*a, type);
}

namespace {

DType drawn_dtype(const RandomOptions& o) { return o.dtype.value_or(DType::float64); }

// x where the parameter is 0 or more, else NaN; a number is refused.
Array where_not_negative(const Operand& scale, const Array& x, const char* function, const char* name) {
  if (const Scalar* s = scale.scalar()) {
    if (!(s->as<double>() >= 0))
      throw ValueError(std::string(function) + ": " + name + " " + to_string(*s) + " is negative");
    return x;
  }
  return where(greater_equal(scale, 0), x, std::numeric_limits<double>::quiet_NaN());
}

// A bound as int64, exact; uint64 beyond 2^63 wraps, and back.
Operand bound(const Operand& value, const Shape& shape, const char* name) {
  if (const Scalar* s = value.scalar()) {
    if (s->kind() > Kind::integer) throw DTypeError("integers: the bound " + to_string(*s) + " is not an integer");
    return s->fits(DType::int64) ? *s : Scalar(static_cast<std::int64_t>(s->as<std::uint64_t>()));
  }
  if (is_inexact(value.array()->dtype()))
    throw DTypeError(std::string("integers: ") + name + " is " + to_string(value.array()->dtype()) +
                     ", not integers; astype converts");
  return random_parameter("integers", name, value, shape, DType::int64);
}

}  // namespace

Array uniform(const Shape& shape, const Operand& low, const Operand& high, const RandomOptions& o) {
  const DType type = drawn_dtype(o);
  const Operand a = random_parameter("uniform", "low", low, shape, type),
                b = random_parameter("uniform", "high", high, shape, type);
  if (!a.array() && !b.array()) return uniform(shape, a.scalar()->as<double>(), b.scalar()->as<double>(), o);
  const Array range = subtract(b, a);
  return where_not_negative(range, add(uniform(shape, 0, 1, o) * range, a), "uniform", "range");
}

Array normal(const Shape& shape, const Operand& loc, const Operand& scale, const RandomOptions& o) {
  const DType type = drawn_dtype(o);
  const Operand m = random_parameter("normal", "loc", loc, shape, type),
                s = random_parameter("normal", "scale", scale, shape, type);
  return where_not_negative(s, add(multiply(normal(shape, 0, 1, o), s), m), "normal", "scale");
}

Array exponential(const Shape& shape, const Operand& scale, const RandomOptions& o) {
  const Operand s = random_parameter("exponential", "scale", scale, shape, drawn_dtype(o));
  return where_not_negative(s, multiply(exponential(shape, 1, o), s), "exponential", "scale");
}

Array lognormal(const Shape& shape, const Operand& mean, const Operand& sigma, const RandomOptions& o) {
  const DType type = drawn_dtype(o);
  const Operand m = random_parameter("lognormal", "mean", mean, shape, type),
                s = random_parameter("lognormal", "sigma", sigma, shape, type);
  return where_not_negative(s, exp(add(multiply(normal(shape, 0, 1, o), s), m)), "lognormal", "sigma");
}

Array integers_between_arrays(const Shape& shape, const Operand& low, const Operand& high, const RandomOptions& o,
                              bool endpoint) {
  const DType type = o.dtype.value_or(DType::int64);
  if (!is_integer(type) && type != DType::bool_)
    throw DTypeError("integers: " + to_string(type) + " is not an integer dtype; astype converts");
  const Operand first = bound(low, shape, "low"), last = bound(high, shape, "high");
  const Array count = astype(subtract(last, first), DType::float64) + (endpoint ? 1 : 0);
  RandomOptions uniform_options = o;
  uniform_options.dtype = DType::float64;
  const Array step = maximum(minimum(floor(uniform(shape, 0, 1, uniform_options) * count), count - 1), 0);
  return astype(add(astype(step, DType::int64), first), type);
}

namespace {

// Slices of `a` at drawn numbers.
Array chosen(const Array& a, const Array& numbers, const RandomOptions& o) {
  const std::int64_t n = a.shape()[0];
  if (a.rank() > 1 || n > few_choices) return astype(take(a, numbers, 0), o.dtype.value_or(a.dtype()));
  const Array is = equal(expand_dims(numbers, -1), arange(n));
  const Array one = a.dtype() == DType::bool_ ? any(logical_and(is, a), {.axis = {-1}})
                                              : sum(where(is, a, 0), {.axis = {-1}, .dtype = a.dtype()});
  return astype(one, o.dtype.value_or(a.dtype()));
}

void check_axis(const Array& a) {
  if (a.rank() == 0) throw ShapeError("choice: takes an array, a list or a number, not an array of no axes");
}

}  // namespace

void check_probabilities(std::int64_t n, const Array& p) {
  if (is_complex(p.dtype())) throw DTypeError("choice: the probabilities are complex");
  if (p.rank() != 1 || p.shape()[0] != n)
    throw ShapeError("choice: probabilities of shape " + to_string(p.shape()) + " for " + std::to_string(n) +
                     " numbers");
}

Array choice(const Shape& shape, const Array& a, const std::vector<double>& p, const RandomOptions& o) {
  check_axis(a);
  return chosen(a, choice(shape, a.shape()[0], p, {o.seed, o.stream, {}, o.chunks}), o);
}

Array weighted_choice(const Shape& shape, const Array& a, const Array& p, const RandomOptions& o) {
  check_axis(a);
  return chosen(a, weighted_choice(shape, a.shape()[0], p, {o.seed, o.stream, {}, o.chunks}), o);
}

Array weighted_choice(const Shape& shape, std::int64_t n, const Array& p, const RandomOptions& o) {
  if (n < 1) throw ValueError("choice: there is nothing to choose from");
  check_probabilities(n, p);
  const Array below = cumulative_sum(astype(p, DType::float64));
  // Behind all that are not larger than a part of the sum: what has no probability is never met, but for rounding at the end.
  const Array drawn = uniform(shape, 0, 1, {o.seed, o.stream, {}, o.chunks}) * below[{Slice{-1, {}}}];
  const Array numbers = minimum(searchsorted(below, drawn, Side::right), searchsorted(below, below[{Slice{-1, {}}}]));
  return astype(numbers, o.dtype.value_or(DType::int64));
}

}  // namespace tessera
