#include "function_families.hpp"

namespace tessera::language {
namespace {

using Cumulative = Array (*)(const Array&, const CumulativeOptions&);

void add_cumulative(FunctionTable& table, const std::string& name, Cumulative f, bool array_api) {
  const std::string more = array_api ? ", *, include_initial=False)" : ")";
  add_function(table, name + "(x, axis=None, dtype=None" + more,
               [f, array_api](const Arguments& a, CallContext&) -> Value {
                 CumulativeOptions options{.axis = a.axis(), .dtype = a.dtype("dtype")};
                 if (array_api) options.include_initial = a.flag("include_initial");
                 return {f(a.array("x"), options)};
               });
}

void add_extreme(FunctionTable& table, const std::string& name, Array (*f)(const Array&, std::optional<std::int64_t>)) {
  add_function(table, name + "(x, axis=None)",
               [f](const Arguments& a, CallContext&) -> Value { return {f(a.array("x"), a.axis())}; });
}

std::optional<double> real_or_nothing(const Arguments& a, const char* name) {
  return a.given(name) ? std::optional(a.real(name, 0)) : std::nullopt;
}

}  // namespace

void add_cumulative_functions(FunctionTable& table) {
  add_cumulative(table, "cumulative_sum", cumulative_sum, true);
  add_cumulative(table, "cumulative_prod", cumulative_prod, true);
  add_cumulative(table, "cumsum", cumsum, false);
  add_cumulative(table, "cumprod", cumprod, false);
  add_cumulative(table, "nancumsum", nancumsum, false);
  add_cumulative(table, "nancumprod", nancumprod, false);
  add_extreme(table, "cumulative_max", cumulative_max);
  add_extreme(table, "cumulative_min", cumulative_min);
  add_function(table, "diff(x, n=1, axis=-1, prepend=None, append=None)",
               [](const Arguments& a, CallContext&) -> Value {
                 DiffOptions options{.n = a.integer("n", 1), .axis = a.axis().value_or(-1)};
                 if (a.given("prepend")) options.prepend = a.operand("prepend");
                 if (a.given("append")) options.append = a.operand("append");
                 return {diff(a.array("x"), options)};
               });
  add_function(table, "ediff1d(x, to_end=None, to_begin=None)", [](const Arguments& a, CallContext&) -> Value {
    std::optional<Operand> end, begin;
    if (a.given("to_end")) end = a.operand("to_end");
    if (a.given("to_begin")) begin = a.operand("to_begin");
    return {ediff1d(a.array("x"), end, begin)};
  });
  add_function(table, "interp(x, xp, fp, left=None, right=None, period=None)",
               [](const Arguments& a, CallContext&) -> Value {
                 const InterpOptions options{.left = real_or_nothing(a, "left"),
                                             .right = real_or_nothing(a, "right"),
                                             .period = real_or_nothing(a, "period")};
                 return {interp(a.array("x"), a.array("xp"), a.array("fp"), options)};
               });
  add_function(table, "push(x, n=None, axis=-1)", [](const Arguments& a, CallContext&) -> Value {
    std::optional<std::int64_t> n;
    if (a.given("n")) n = a.integer("n");
    return {push(a.array("x"), n, a.axis().value_or(-1))};
  });
}

}  // namespace tessera::language
