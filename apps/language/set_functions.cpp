#include "function_families.hpp"

namespace tessera::language {
namespace {

// The values, and behind them what else was wanted: a tuple, if anything.
Value value_of(const Unique& u) {
  std::vector<Array> all{u.values};
  for (const auto& more : {u.index, u.inverse, u.counts})
    if (more) all.push_back(*more);
  if (all.size() == 1) return {u.values};
  return tuple_of(all);
}

// The Array API's names, for which each NaN is another.
void add_unique(FunctionTable& table, const std::string& name, const UniqueOptions& options) {
  add_function(table, name + "(x)", [options](const Arguments& a, CallContext& context) {
    return value_of(unique(a.array("x"), options, context.count));
  });
}

using SetFunction = Array (*)(const Array&, const Array&, bool, const CountMask&);

void add_difference(FunctionTable& table, const std::string& name, SetFunction f) {
  add_function(table, name + "(ar1, ar2, assume_unique=False)", [f](const Arguments& a, CallContext& context) -> Value {
    return {f(a.array("ar1"), a.array("ar2"), a.flag("assume_unique"), context.count)};
  });
}

}  // namespace

void add_set_functions(FunctionTable& table) {
  add_function(table,
               "unique(x, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True)",
               [](const Arguments& a, CallContext& context) {
                 return value_of(unique(a.array("x"),
                                        {.index = a.flag("return_index"),
                                         .inverse = a.flag("return_inverse"),
                                         .counts = a.flag("return_counts"),
                                         .equal_nan = a.flag("equal_nan", true),
                                         .axis = a.axis()},
                                        context.count));
               });
  add_unique(table, "unique_values", {.equal_nan = false});
  add_unique(table, "unique_counts", {.counts = true, .equal_nan = false});
  add_unique(table, "unique_inverse", {.inverse = true, .equal_nan = false});
  add_unique(table, "unique_all", {.index = true, .inverse = true, .counts = true, .equal_nan = false});
  add_function(table, "union1d(ar1, ar2)", [](const Arguments& a, CallContext& context) -> Value {
    return {union1d(a.array("ar1"), a.array("ar2"), context.count)};
  });
  add_function(table, "intersect1d(ar1, ar2, assume_unique=False, return_indices=False)",
               [](const Arguments& a, CallContext& context) -> Value {
                 const Intersection both = intersect1d(
                     a.array("ar1"), a.array("ar2"),
                     {.assume_unique = a.flag("assume_unique"), .indices = a.flag("return_indices")}, context.count);
                 if (!both.in_a) return {both.values};
                 return tuple_of({both.values, *both.in_a, *both.in_b});
               });
  add_difference(table, "setdiff1d", setdiff1d);
  add_difference(table, "setxor1d", setxor1d);
}

}  // namespace tessera::language
