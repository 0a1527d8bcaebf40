// Filters: scipy.ndimage's names and options. `convolve` and `correlate` take NumPy's modes as well.
#include <type_traits>

#include "function_families.hpp"

namespace tessera::language {
namespace {

// A tuple of numbers, or of tuples of them; row-major.
void gather_weights(const Arguments& a, const char* name, const Value& value, int depth, Weights& weights) {
  if (const auto* number = value.get<Scalar>()) {
    if (depth != weights.shape.size()) a.wrong(name, "rows of numbers of the same length");
    weights.values.push_back(number->as<double>());
    return;
  }
  const auto* items = value.get<Value::Tuple>();
  if (!items) a.wrong(name, "numbers, or rows of numbers");
  const auto n = static_cast<std::int64_t>(items->size());
  const bool first = weights.values.empty();
  if (first && depth == weights.shape.size()) weights.shape.push_back(n);
  if (depth >= weights.shape.size() || weights.shape[depth] != n) a.wrong(name, "rows of numbers of the same length");
  for (const Value& item : *items) gather_weights(a, name, item, depth + 1, weights);
}

constexpr std::int64_t most_weights = 1 << 20;

Weights weights_of(const Arguments& a, const char* name = "weights") {
  const Value* value = a.passed(name);
  if (value == nullptr || leaves(*value) > most_weights) a.wrong(name, "up to 2^20 numbers, or rows of numbers");
  Weights weights;
  gather_weights(a, name, *value, 0, weights);
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

FilterOptions with_axes(const Arguments& a, FilterOptions o) {
  o.axes = a.axes("axes");
  return o;
}

GaussianOptions gaussian_options_of(const Arguments& a) {
  return {.mode = modes_of(a),
          .cval = a.real("cval", 0),
          .truncate = a.real("truncate", 4),
          .sum_dtype = sum_dtype_of(a),
          .radius = a.dims("radius")};
}

std::vector<double> sigmas_of(const Arguments& a) {
  return a.is_tuple("sigma") ? a.reals("sigma") : std::vector{a.real("sigma", 0)};
}

StencilOptions stencil_options_of(const Arguments& a) { return {.mode = modes_of(a), .cval = a.real("cval", 0)}; }

std::int64_t one_axis_of(const Arguments& a) {
  const Dims axis = a.given("axis") ? a.dims("axis") : Dims{-1};
  if (axis.size() != 1) a.wrong("axis", "one axis");
  return axis[0];
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
    if (const auto overlap = overlap_of(a, otherwise)) {
      if (a.given("axes")) a.fail("axes", "'axes' are of the modes of scipy.ndimage");
      return {numpy(x, weights_of(a), *overlap)};
    }
    return {filter(x, weights_of(a), with_axes(a, summing_options_of(a)))};
  });
}

// f(window, options): of a size, or of a footprint.
template <class F>
Value of_window(const Arguments& a, const F& f) {
  const FilterOptions o = with_axes(a, options_of(a));
  if (a.given("footprint")) {
    if (a.given("size")) a.fail("footprint", "takes 'size' or 'footprint', not both");
    return {f(Footprint(weights_of(a, "footprint")), o)};
  }
  if (!a.given("size")) a.fail("size", "needs 'size' or 'footprint'");
  return {f(a.dims("size"), o)};
}

constexpr const char* window_options = "size=None, mode='reflect', cval=0.0, origin=0, *, footprint=None, axes=None)";

using OfSize = Array (*)(const Array&, const Dims&, const FilterOptions&);
using OfFootprint = Array (*)(const Array&, const Footprint&, const FilterOptions&);

void add_window(FunctionTable& table, const std::string& name, OfSize of_size, OfFootprint of_footprint) {
  add_function(table, name + "(x, " + window_options, [=](const Arguments& a, CallContext&) -> Value {
    const Array x = a.array("x");
    return of_window(a, [&]<class W>(const W& window, const FilterOptions& o) {
      if constexpr (std::is_same_v<W, Dims>)
        return of_size(x, window, o);
      else
        return of_footprint(x, window, o);
    });
  });
}

void add_window_1d(FunctionTable& table, const std::string& name,
                   Array (*f)(const Array&, std::int64_t, std::int64_t, const FilterOptions&), bool adds) {
  add_function(
      table, name + "(x, size, axis=-1, mode='reflect', cval=0.0, origin=0" + (adds ? ", *, sum_dtype=float64)" : ")"),
      [=](const Arguments& a, CallContext&) -> Value {
        return {f(a.array("x"), a.integer("size"), one_axis_of(a), adds ? summing_options_of(a) : options_of(a))};
      });
}

void add_along(FunctionTable& table, const std::string& name,
               Array (*f)(const Array&, const std::vector<double>&, std::int64_t, const FilterOptions&)) {
  add_function(table, name + "(x, weights, axis=-1, mode='reflect', cval=0.0, origin=0, *, sum_dtype=float64)",
               [f](const Arguments& a, CallContext&) -> Value {
                 return {f(a.array("x"), line_of_weights(a), one_axis_of(a), summing_options_of(a))};
               });
}

void add_ordering(FunctionTable& table) {
  add_window(table, "minimum_filter", minimum_filter, minimum_filter);
  add_window(table, "maximum_filter", maximum_filter, maximum_filter);
  add_window(table, "median_filter", median_filter, median_filter);
  add_window_1d(table, "minimum_filter1d", minimum_filter1d, false);
  add_window_1d(table, "maximum_filter1d", maximum_filter1d, false);
  add_function(table, std::string("rank_filter(x, rank, ") + window_options,
               [](const Arguments& a, CallContext&) -> Value {
                 return of_window(a, [&](const auto& window, const FilterOptions& o) {
                   return rank_filter(a.array("x"), a.integer("rank"), window, o);
                 });
               });
  add_function(table, std::string("percentile_filter(x, percentile, ") + window_options,
               [](const Arguments& a, CallContext&) -> Value {
                 return of_window(a, [&](const auto& window, const FilterOptions& o) {
                   return percentile_filter(a.array("x"), a.real("percentile", 0), window, o);
                 });
               });
}

void add_gaussians(FunctionTable& table) {
  add_function(table,
               "gaussian_filter(x, sigma, order=0, mode='reflect', cval=0.0, truncate=4.0, *, radius=None, axes=None, "
               "sum_dtype=float64)",
               [](const Arguments& a, CallContext&) -> Value {
                 GaussianOptions o = gaussian_options_of(a);
                 o.order = a.dims("order"), o.axes = a.axes("axes");
                 return {gaussian_filter(a.array("x"), sigmas_of(a), o)};
               });
  add_function(table,
               "gaussian_filter1d(x, sigma, axis=-1, order=0, mode='reflect', cval=0.0, truncate=4.0, *, radius=None, "
               "sum_dtype=float64)",
               [](const Arguments& a, CallContext&) -> Value {
                 GaussianOptions o = gaussian_options_of(a);
                 o.order = a.dims("order");
                 return {gaussian_filter1d(a.array("x"), a.real("sigma", 0), one_axis_of(a), o)};
               });
  const auto add = [&](const std::string& name,
                       Array (*f)(const Array&, const std::vector<double>&, const GaussianOptions&)) {
    add_function(
        table,
        name + "(x, sigma, mode='reflect', cval=0.0, *, truncate=4.0, radius=None, axes=None, sum_dtype=float64)",
        [f](const Arguments& a, CallContext&) -> Value {
          GaussianOptions o = gaussian_options_of(a);
          o.axes = a.axes("axes");
          return {f(a.array("x"), sigmas_of(a), o)};
        });
  };
  add("gaussian_laplace", gaussian_laplace);
  add("gaussian_gradient_magnitude", gaussian_gradient_magnitude);
}

void add_derivatives(FunctionTable& table) {
  const auto add = [&](const std::string& name, Array (*f)(const Array&, std::int64_t, const StencilOptions&)) {
    add_function(table, name + "(x, axis=-1, mode='reflect', cval=0.0)",
                 [f](const Arguments& a, CallContext&) -> Value {
                   return {f(a.array("x"), one_axis_of(a), stencil_options_of(a))};
                 });
  };
  add("sobel", sobel);
  add("prewitt", prewitt);
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
  add_weighted(table, "correlate(x, weights, mode='reflect', cval=0.0, origin=0, *, axes=None, sum_dtype=float64)",
               static_cast<WithOptions>(correlate), static_cast<WithOverlap>(correlate), std::nullopt);
  add_weighted(table, "convolve(x, weights, mode='full', cval=0.0, origin=0, *, axes=None, sum_dtype=float64)",
               static_cast<WithOptions>(convolve), static_cast<WithOverlap>(convolve), Overlap::full);
  add_along(table, "correlate1d", correlate1d);
  add_along(table, "convolve1d", convolve1d);
  add_function(table, "uniform_filter(x, size=3, mode='reflect', cval=0.0, origin=0, *, axes=None, sum_dtype=float64)",
               [](const Arguments& a, CallContext&) -> Value {
                 const Dims size = a.given("size") ? a.dims("size") : Dims{3};
                 return {uniform_filter(a.array("x"), size, with_axes(a, summing_options_of(a)))};
               });
  add_window_1d(table, "uniform_filter1d", uniform_filter1d, true);
  add_ordering(table);
  add_gaussians(table);
  add_derivatives(table);
  add_function(table, "resize(x, shape, method='linear', antialias=False)", resized);
}

}  // namespace tessera::language
