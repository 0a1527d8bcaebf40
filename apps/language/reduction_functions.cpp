#include "function_families.hpp"

namespace tessera::language {
namespace {

using Reduction = Array (*)(const Array&, const ReduceOptions&);

ReduceOptions reduce_options(const Arguments& a) {
  ReduceOptions options;
  options.axis = a.axes("axis");
  options.keepdims = a.flag("keepdims");
  return options;
}

void add_plain(FunctionTable& table, const std::string& name, Reduction f) {
  add_function(table, name + "(x, axis=None, *, keepdims=False)",
               [f](const Arguments& a, CallContext&) -> Value { return {f(a.array("x"), reduce_options(a))}; });
}
void add_typed(FunctionTable& table, const std::string& name, Reduction f) {
  add_function(table, name + "(x, axis=None, dtype=None, *, keepdims=False)",
               [f](const Arguments& a, CallContext&) -> Value {
                 ReduceOptions options = reduce_options(a);
                 options.dtype = a.dtype("dtype");
                 return {f(a.array("x"), options)};
               });
}
void add_spread(FunctionTable& table, const std::string& name, Reduction f) {
  add_function(table, name + "(x, axis=None, dtype=None, *, ddof=0, correction=0, keepdims=False)",
               [f](const Arguments& a, CallContext&) -> Value {
                 if (a.given("ddof") && a.given("correction"))
                   a.fail("correction", "'ddof' and 'correction' are the same; give one");
                 ReduceOptions options = reduce_options(a);
                 options.dtype = a.dtype("dtype");
                 options.correction = a.given("ddof") ? a.real("ddof", 0) : a.real("correction", 0);
                 return {f(a.array("x"), options)};
               });
}

}  // namespace

void add_reduction_functions(FunctionTable& table) {
  add_plain(table, "min", min);
  add_plain(table, "max", max);
  add_plain(table, "ptp", ptp);
  add_plain(table, "any", any);
  add_plain(table, "all", all);
  add_plain(table, "count_nonzero", count_nonzero);
  add_plain(table, "argmin", argmin);
  add_plain(table, "argmax", argmax);
  add_plain(table, "count", count);
  add_plain(table, "nanmin", nanmin);
  add_plain(table, "nanmax", nanmax);
  add_plain(table, "nanargmin", nanargmin);
  add_plain(table, "nanargmax", nanargmax);
  add_typed(table, "sum", sum);
  add_typed(table, "prod", prod);
  add_typed(table, "mean", mean);
  add_typed(table, "nansum", nansum);
  add_typed(table, "nanprod", nanprod);
  add_typed(table, "nanmean", nanmean);
  add_spread(table, "var", var);
  add_spread(table, "std", tessera::std);
  add_spread(table, "nanvar", nanvar);
  add_spread(table, "nanstd", nanstd);
  add_function(table, "average(x, axis=None, weights=None, *, keepdims=False)",
               [](const Arguments& a, CallContext&) -> Value {
                 std::optional<Array> weights;
                 if (a.given("weights")) weights = a.array("weights");
                 return {average(a.array("x"), weights, reduce_options(a))};
               });
  add_function(table, "moment(x, order, axis=None, *, keepdims=False)", [](const Arguments& a, CallContext&) -> Value {
    const std::int64_t order = a.integer("order");
    if (order < 0 || order > 1000) a.fail("order", "the order must be from 0 to 1000");
    return {moment(a.array("x"), static_cast<int>(order), reduce_options(a))};
  });
  add_function(table, "vector_norm(x, axis=None, *, ord=2, keepdims=False)",
               [](const Arguments& a, CallContext&) -> Value {
                 return {vector_norm(a.array("x"), a.real("ord", 2), reduce_options(a))};
               });
}

}  // namespace tessera::language
