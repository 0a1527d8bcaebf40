// Histograms, reductions by groups, rolling windows.
#include "function_families.hpp"

namespace tessera::language {
namespace {

BinRange range_of(const Arguments& a, const Value& value) {
  const auto* ends = value.get<Value::Tuple>();
  const Scalar* first = ends && ends->size() == 2 ? (*ends)[0].get<Scalar>() : nullptr;
  const Scalar* last = first ? (*ends)[1].get<Scalar>() : nullptr;
  if (!last) a.wrong("range", "two numbers, (low, high)");
  return {first->as<double>(), last->as<double>()};
}

std::optional<BinRange> range_of(const Arguments& a) {
  if (!a.given("range")) return std::nullopt;
  return range_of(a, *a.passed("range"));
}

// A number of bins, edges as a tuple of numbers, or an array of them.
Bins bins_of(const Arguments& a, const Value& value) {
  if (const auto* x = value.get<Array>()) return *x;
  if (const auto* n = value.get<Scalar>()) {
    if (n->kind() != Kind::integer) a.wrong("bins", "a number of bins, or edges");
    return n->as<std::int64_t>();
  }
  const auto* items = value.get<Value::Tuple>();
  if (!items) a.wrong("bins", "a number of bins, or edges");
  std::vector<double> edges;
  for (const Value& item : *items) {
    const auto* edge = item.get<Scalar>();
    if (!edge) a.wrong("bins", "a number of bins, or edges");
    edges.push_back(edge->as<double>());
  }
  return edges;
}

// The name of an estimator, too, whose number of bins is evaluated.
Bins bins_of(const Arguments& a, CallContext& context) {
  if (!a.given("bins")) return 10;
  const auto* estimator = a.passed("bins")->get<std::string>();
  if (!estimator) return bins_of(a, *a.passed("bins"));
  return estimated_bins(a.array("x"), *estimator, {.range = range_of(a)}, context.count);
}

// For each coordinate one, where a tuple has as many items that are no numbers or all of which are numbers of bins: NumPy
// takes (4, 6) as these, and (0, 1, 2, 3) as edges of both.
std::vector<Bins> bins_of_axes(const Arguments& a, std::size_t coordinates) {
  if (!a.given("bins")) return {10};
  const Value& value = *a.passed("bins");
  const auto* items = value.get<Value::Tuple>();
  if (!items || items->size() != coordinates) return {bins_of(a, value)};
  std::vector<Bins> bins;
  for (const Value& item : *items) bins.push_back(bins_of(a, item));
  return bins;
}

HistogramddOptions options_of_axes(const Arguments& a, std::size_t coordinates) {
  HistogramddOptions options{.density = a.flag("density"), .weights = a.array_given("weights")};
  if (!a.given("range")) return options;
  const auto* items = a.passed("range")->get<Value::Tuple>();
  if (!items || items->size() != coordinates) a.wrong("range", "a pair (low, high) or None for each coordinate");
  for (const Value& item : *items)
    options.range.push_back(item.is_none() ? std::nullopt : std::optional(range_of(a, item)));
  return options;
}

Value flat(const Histogramdd& h) {
  std::vector<Array> all{h.counts};
  all.insert(all.end(), h.edges.begin(), h.edges.end());
  return tuple_of(all);
}

std::int64_t groups_given(const Arguments& a, CallContext& context, const Array& labels) {
  if (a.given("groups")) return a.integer("groups");
  return groups_of(labels, context.count);
}

// spread: there is a ddof.
Value reduced(const Arguments& a, CallContext& context, const std::string& how, bool spread) {
  const Array x = a.array("x"), labels = a.array("labels");
  GroupOptions options{.axis = a.axes("axis")};
  if (spread) options.correction = a.real("ddof", 0);
  return {group_reduce(x, labels, how, groups_given(a, context, labels), options)};
}

using RollingFunction = Array (*)(const Array&, std::int64_t, const RollingOptions&);

void add_rolling(FunctionTable& table, const std::string& name, RollingFunction f) {
  add_function(table, name + "(x, window, axis=-1, *, min_count=None, center=False)",
               [f](const Arguments& a, CallContext&) -> Value {
                 RollingOptions options{.axis = a.axis().value_or(-1), .center = a.flag("center")};
                 if (a.given("min_count")) options.min_count = a.integer("min_count");
                 return {f(a.array("x"), a.integer("window"), options)};
               });
}

}  // namespace

void add_group_functions(FunctionTable& table) {
  add_function(table, "histogram(x, bins=10, range=None, density=False, weights=None)",
               [](const Arguments& a, CallContext& context) -> Value {
                 if (a.given("weights") && a.given("bins") && a.passed("bins")->get<std::string>())
                   a.fail("bins", "the number of bins is not estimated with weights; give it, or the edges");
                 const Histogram h = histogram(
                     a.array("x"), bins_of(a, context),
                     {.range = range_of(a), .density = a.flag("density"), .weights = a.array_given("weights")});
                 return tuple_of({h.counts, h.edges});
               });
  add_function(table, "histogram_bin_edges(x, bins=10, range=None)",
               [](const Arguments& a, CallContext& context) -> Value {
                 return {histogram_bin_edges(a.array("x"), bins_of(a, context), range_of(a))};
               });
  add_function(table, "histogram2d(x, y, bins=10, range=None, density=False, weights=None)",
               [](const Arguments& a, CallContext&) -> Value {
                 return flat(histogram2d(a.array("x"), a.array("y"), bins_of_axes(a, 2), options_of_axes(a, 2)));
               });
  add_function(table, "histogramdd(sample, bins=10, range=None, density=False, weights=None)",
               [](const Arguments& a, CallContext&) -> Value {
                 const Value* sample = a.passed("sample");
                 if (sample && sample->get<Value::Tuple>()) {
                   const std::vector<Array> points = a.arrays("sample");
                   return flat(histogramdd(points, bins_of_axes(a, points.size()), options_of_axes(a, points.size())));
                 }
                 const Array points = a.array("sample");
                 const auto n = static_cast<std::size_t>(points.rank() == 2 ? points.shape()[1] : 1);
                 return flat(histogramdd(points, bins_of_axes(a, n), options_of_axes(a, n)));
               });
  add_function(table, "bincount(x, weights=None, minlength=0)", [](const Arguments& a, CallContext& context) -> Value {
    return {bincount(a.array("x"), a.array_given("weights"), a.integer("minlength"), context.count)};
  });
  add_rolling(table, "rolling_sum", rolling_sum);
  add_rolling(table, "rolling_mean", rolling_mean);
  add_rolling(table, "rolling_min", rolling_min);
  add_rolling(table, "rolling_max", rolling_max);
  add_function(table, "group_reduce(x, labels, how, groups=None, axis=None, *, ddof=0)",
               [](const Arguments& a, CallContext& context) { return reduced(a, context, a.text("how"), true); });
  for (const char* how : {"count", "sum", "prod", "mean", "min", "max", "first", "last", "nansum", "nanmean", "nanmin",
                          "nanmax", "nanfirst", "nanlast"})
    add_function(table, std::string("group_") + how + "(x, labels, groups=None, axis=None)",
                 [how](const Arguments& a, CallContext& context) { return reduced(a, context, how, false); });
  for (const char* how : {"var", "std", "nanvar", "nanstd"})
    add_function(table, std::string("group_") + how + "(x, labels, groups=None, axis=None, *, ddof=0)",
                 [how](const Arguments& a, CallContext& context) { return reduced(a, context, how, true); });
}

}  // namespace tessera::language
