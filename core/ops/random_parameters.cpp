// Random arrays whose parameters are arrays: standard draws, moved and stretched by Maps, so that they fuse and keep
// what holds for the draws.
#include <tessera/core/ops/random_parameters.hpp>

#include <limits>

#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/gather.hpp>
#include <tessera/core/ops/index_arrays.hpp>
#include <tessera/core/ops/random.hpp>
#include <tessera/core/ops/reductions.hpp>
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

// A parameter in the dtype of the draws. throws ShapeError when it is no part of `shape`, DTypeError when it is
// complex.
Operand parameter(const char* function, const char* name, const Operand& value, const Shape& shape, DType type) {
  const Array* a = value.array();
  if (a == nullptr) return value.scalar()->as<double>();
  if (is_complex(a->dtype())) throw DTypeError(std::string(function) + ": " + name + " is complex");
  if (!broadcasts(a->shape(), shape))
    throw ShapeError(std::string(function) + ": " + name + " of shape " + to_string(a->shape()) +
                     " does not broadcast to the shape " + to_string(shape));
  return astype(*a, type);
}

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
  return parameter("integers", name, value, shape, DType::int64);
}

}  // namespace

Array uniform(const Shape& shape, const Operand& low, const Operand& high, const RandomOptions& o) {
  const DType type = drawn_dtype(o);
  const Operand a = parameter("uniform", "low", low, shape, type), b = parameter("uniform", "high", high, shape, type);
  if (!a.array() && !b.array()) return uniform(shape, a.scalar()->as<double>(), b.scalar()->as<double>(), o);
  const Array range = subtract(b, a);
  return where_not_negative(range, add(uniform(shape, 0, 1, o) * range, a), "uniform", "range");
}

Array normal(const Shape& shape, const Operand& loc, const Operand& scale, const RandomOptions& o) {
  const DType type = drawn_dtype(o);
  const Operand m = parameter("normal", "loc", loc, shape, type), s = parameter("normal", "scale", scale, shape, type);
  return where_not_negative(s, add(multiply(normal(shape, 0, 1, o), s), m), "normal", "scale");
}

Array exponential(const Shape& shape, const Operand& scale, const RandomOptions& o) {
  const Operand s = parameter("exponential", "scale", scale, shape, drawn_dtype(o));
  return where_not_negative(s, multiply(exponential(shape, 1, o), s), "exponential", "scale");
}

Array lognormal(const Shape& shape, const Operand& mean, const Operand& sigma, const RandomOptions& o) {
  const DType type = drawn_dtype(o);
  const Operand m = parameter("lognormal", "mean", mean, shape, type),
                s = parameter("lognormal", "sigma", sigma, shape, type);
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

Array choice(const Shape& shape, const Array& a, const std::vector<double>& p, const RandomOptions& o) {
  if (a.rank() == 0) throw ShapeError("choice: takes an array, a list or a number, not an array of no axes");
  const std::int64_t n = a.shape()[0];
  const Array numbers = choice(shape, n, p, {o.seed, o.stream, {}, o.chunks});
  if (a.rank() > 1 || n > few_choices) return astype(take(a, numbers, 0), o.dtype.value_or(a.dtype()));
  const Array is = equal(expand_dims(numbers, -1), arange(n));
  const Array chosen = a.dtype() == DType::bool_ ? any(logical_and(is, a), {.axis = {-1}})
                                                 : sum(where(is, a, 0), {.axis = {-1}, .dtype = a.dtype()});
  return astype(chosen, o.dtype.value_or(a.dtype()));
}

}  // namespace tessera
