#include "function_families.hpp"

namespace tessera::language {
namespace {

ReduceOptions reduce_options(const Arguments& a) {
  ReduceOptions options;
  options.axis = a.axes("axis");
  options.keepdims = a.flag("keepdims");
  return options;
}

}  // namespace

void add_reduction_functions(FunctionTable& table) {
  using Reduction = Array (*)(const Array&, const ReduceOptions&);
  const auto plain = [&](const std::string& name, Reduction f) {
    add_function(table, name + "(x, axis=None, *, keepdims=False)",
                 [f](const Arguments& a, CallContext&) -> Value { return {f(a.array("x"), reduce_options(a))}; });
  };
  plain("min", min);
  plain("max", max);
  plain("any", any);
  plain("all", all);
  const auto typed = [&](const std::string& name, Reduction f) {
    add_function(table, name + "(x, axis=None, dtype=None, *, keepdims=False)",
                 [f](const Arguments& a, CallContext&) -> Value {
                   ReduceOptions options = reduce_options(a);
                   options.dtype = a.dtype("dtype");
                   return {f(a.array("x"), options)};
                 });
  };
  typed("sum", sum);
  typed("mean", mean);
  const auto spread = [&](const std::string& name, Reduction f) {
    add_function(table, name + "(x, axis=None, *, ddof=0, correction=0, keepdims=False)",
                 [f](const Arguments& a, CallContext&) -> Value {
                   if (a.given("ddof") && a.given("correction"))
                     a.fail("correction", "'ddof' and 'correction' are the same; give one");
                   ReduceOptions options = reduce_options(a);
                   options.correction = a.given("ddof") ? a.real("ddof", 0) : a.real("correction", 0);
                   return {f(a.array("x"), options)};
                 });
  };
  spread("var", var);
  spread("std", tessera::std);
}

}  // namespace tessera::language
