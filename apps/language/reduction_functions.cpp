#include "function_families.hpp"
#include "reductions_where.hpp"

namespace tessera::language {
namespace {

void add_plain(FunctionTable& table, const std::string& name, Reduction f) {
  add_function(table, name + "(x, axis=None, *, keepdims=False)",
               [f](const Arguments& a, CallContext&) -> Value { return {f(a.array("x"), reduce_options(a))}; });
}

}  // namespace

void add_reduction_functions(FunctionTable& table) {
  add_reductions_where(table);
  add_plain(table, "ptp", ptp);
  add_plain(table, "count_nonzero", count_nonzero);
  add_plain(table, "argmin", argmin);
  add_plain(table, "argmax", argmax);
  add_plain(table, "count", count);
  add_plain(table, "nanargmin", nanargmin);
  add_plain(table, "nanargmax", nanargmax);
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
