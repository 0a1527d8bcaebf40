// Filters: scipy.ndimage's names and options. `convolve` and `correlate` take NumPy's modes as well.
#include <numeric>

#include "function_families.hpp"

namespace tessera::language {
namespace {

// A tuple of numbers, or of tuples of them; row-major.
void gather_weights(const Arguments& a, const Value& value, int depth, Weights& weights) {
  if (const auto* number = value.get<Scalar>()) {
    if (depth != weights.shape.size()) a.wrong("weights", "rows of weights of the same length");
    weights.values.push_back(number->as<double>());
    return;
  }
  const auto* items = value.get<Value::Tuple>();
  if (!items) a.wrong("weights", "numbers, or rows of numbers");
  const auto n = static_cast<std::int64_t>(items->size());
  const bool first = weights.values.empty();
  if (first && depth == weights.shape.size()) weights.shape.push_back(n);
  if (depth >= weights.shape.size() || weights.shape[depth] != n)
    a.wrong("weights", "rows of weights of the same length");
  for (const Value& item : *items) gather_weights(a, item, depth + 1, weights);
}

constexpr std::int64_t most_weights = 1 << 20;

Weights weights_of(const Arguments& a) {
  const Value* value = a.passed("weights");
  if (value == nullptr || leaves(*value) > most_weights) a.wrong("weights", "up to 2^20 numbers, or rows of numbers");
  Weights weights;
  gather_weights(a, *value, 0, weights);
  return weights;
}

std::vector<double> line_of_weights(const Arguments& a) {
  Weights w = weights_of(a);
  if (w.shape.size() != 1) a.wrong("weights", "numbers along one axis");
  return std::move(w.values);
}

std::vector<std::string> modes_of(const Arguments& a) {
  const Value* value = a.passed("mode");
  const auto* items = value ? value->get<Value::Tuple>() : nullptr;
  if (!items) return {a.text("mode", "reflect")};
  std::vector<std::string> modes;
  for (const Value& item : *items) {
    const auto* mode = item.get<std::string>();
    if (!mode) a.wrong("mode", "names of modes");
    modes.push_back(*mode);
  }
  return modes;
}

FilterOptions options_of(const Arguments& a) {
  return {.mode = modes_of(a), .cval = a.real("cval", 0), .origin = a.dims("origin")};
}

DType sum_dtype_of(const Arguments& a) { return a.dtype("sum_dtype").value_or(DType::float64); }

FilterOptions summing_options_of(const Arguments& a) {
  FilterOptions o = options_of(a);
  o.sum_dtype = sum_dtype_of(a);
  return o;
}

std::optional<Overlap> overlap_of(const Arguments& a, std::optional<Overlap> otherwise) {
  const Value* value = a.passed("mode");
  const auto* mode = value ? value->get<std::string>() : nullptr;
  if (!mode) return value ? std::nullopt : otherwise;
  if (*mode == "full") return Overlap::full;
  if (*mode == "same") return Overlap::same;
  if (*mode == "valid") return Overlap::valid;
  return std::nullopt;
}

using WithOptions = Array (*)(const Array&, const Weights&, const FilterOptions&);
using WithOverlap = Array (*)(const Array&, const Weights&, Overlap);

void add_weighted(FunctionTable& table, const std::string& signature, WithOptions filter, WithOverlap numpy,
                  std::optional<Overlap> otherwise) {
  add_function(table, signature, [=](const Arguments& a, CallContext&) -> Value {
    const Array x = a.array("x");
    if (const auto overlap = overlap_of(a, otherwise)) return {numpy(x, weights_of(a), *overlap)};
    return {filter(x, weights_of(a), summing_options_of(a))};
  });
}

void add_window(FunctionTable& table, const std::string& name,
                Array (*f)(const Array&, const Dims&, const FilterOptions&)) {
  add_function(table, name + "(x, size, mode='reflect', cval=0.0, origin=0)",
               [f](const Arguments& a, CallContext&) -> Value {
                 return {f(a.array("x"), a.given("size") ? a.dims("size") : Dims{3}, options_of(a))};
               });
}

void add_along(FunctionTable& table, const std::string& name,
               Array (*f)(const Array&, const std::vector<double>&, std::int64_t, const FilterOptions&)) {
  add_function(table, name + "(x, weights, axis=-1, mode='reflect', cval=0.0, origin=0, *, sum_dtype=float64)",
               [f](const Arguments& a, CallContext&) -> Value {
                 const Dims axis = a.given("axis") ? a.dims("axis") : Dims{-1};
                 if (axis.size() != 1) a.wrong("axis", "one axis");
                 return {f(a.array("x"), line_of_weights(a), axis[0], summing_options_of(a))};
               });
}

Value resized(const Arguments& a, CallContext&) {
  ResizeOptions options{.antialias = a.flag("antialias")};
  const std::string method = a.text("method", "linear");
  if (method == "nearest")
    options.method = ResizeMethod::nearest;
  else if (method == "area")
    options.method = ResizeMethod::area;
  else if (method != "linear")
    a.fail("method", "'method' must be 'nearest', 'linear' or 'area', not '" + method + "'");
  return {resize(a.array("x"), a.dims("shape"), options)};
}

}  // namespace

void add_filter_functions(FunctionTable& table) {
  add_weighted(table, "correlate(x, weights, mode='reflect', cval=0.0, origin=0, *, sum_dtype=float64)",
               static_cast<WithOptions>(correlate), static_cast<WithOverlap>(correlate), std::nullopt);
  add_weighted(table, "convolve(x, weights, mode='full', cval=0.0, origin=0, *, sum_dtype=float64)",
               static_cast<WithOptions>(convolve), static_cast<WithOverlap>(convolve), Overlap::full);
  add_along(table, "correlate1d", correlate1d);
  add_along(table, "convolve1d", convolve1d);
  add_function(
      table, "uniform_filter(x, size=3, mode='reflect', cval=0.0, origin=0, *, sum_dtype=float64)",
      [](const Arguments& a, CallContext&) -> Value {
        return {uniform_filter(a.array("x"), a.given("size") ? a.dims("size") : Dims{3}, summing_options_of(a))};
      });
  add_window(table, "minimum_filter", minimum_filter);
  add_window(table, "maximum_filter", maximum_filter);
  add_window(table, "median_filter", median_filter);
  add_function(table, "rank_filter(x, rank, size, mode='reflect', cval=0.0, origin=0)",
               [](const Arguments& a, CallContext&) -> Value {
                 return {rank_filter(a.array("x"), a.integer("rank"), a.dims("size"), options_of(a))};
               });
  add_function(
      table, "gaussian_filter(x, sigma, order=0, mode='reflect', cval=0.0, truncate=4.0, *, sum_dtype=float64)",
      [](const Arguments& a, CallContext&) -> Value {
        return {gaussian_filter(a.array("x"), a.is_tuple("sigma") ? a.reals("sigma") : std::vector{a.real("sigma", 0)},
                                {.order = a.dims("order"),
                                 .mode = modes_of(a),
                                 .cval = a.real("cval", 0),
                                 .truncate = a.real("truncate", 4),
                                 .sum_dtype = sum_dtype_of(a)})};
      });
  add_function(table, "resize(x, shape, method='linear', antialias=False)", resized);
}

}  // namespace tessera::language
