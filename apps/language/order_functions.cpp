#include "function_families.hpp"

namespace tessera::language {
namespace {

// axis=-1 unless it is given; None flattens.
std::optional<std::int64_t> sorted_axis(const Arguments& a) {
  if (a.is_none("axis")) return std::nullopt;
  if (!a.given("axis")) return -1;
  const Dims axes = a.dims("axis");
  if (axes.size() != 1) a.fail("axis", "one axis");
  return axes[0];
}

void add_sort(FunctionTable& table, const std::string& name, Array (*f)(const Array&, const SortOptions&)) {
  add_function(
      table, name + "(x, axis=-1, *, descending=False, stable=True)", [f](const Arguments& a, CallContext&) -> Value {
        return {f(a.array("x"),
                  {.axis = sorted_axis(a), .descending = a.flag("descending"), .stable = a.flag("stable", true)})};
      });
}

void add_topk(FunctionTable& table, const std::string& name, Array (*f)(const Array&, std::int64_t, std::int64_t)) {
  add_function(table, name + "(x, k, axis=-1)", [f](const Arguments& a, CallContext&) -> Value {
    const auto axis = sorted_axis(a);
    if (!axis) a.fail("axis", "one axis");
    return {f(a.array("x"), a.integer("k"), *axis)};
  });
}

}  // namespace

void add_order_functions(FunctionTable& table) {
  add_sort(table, "sort", sort);
  add_sort(table, "argsort", argsort);
  add_topk(table, "topk", topk);
  add_topk(table, "argtopk", argtopk);
}

}  // namespace tessera::language
