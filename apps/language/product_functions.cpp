// Products of matrices and vectors: NumPy's names and options.
#include "function_families.hpp"

namespace tessera::language {
namespace {

void add_pair(FunctionTable& table, const std::string& signature, Array (*f)(const Array&, const Array&)) {
  add_function(table, signature,
               [f](const Arguments& a, CallContext&) -> Value { return {f(a.array("a"), a.array("b"))}; });
}

void add_along(FunctionTable& table, const std::string& signature,
               Array (*f)(const Array&, const Array&, std::int64_t)) {
  add_function(table, signature, [f](const Arguments& a, CallContext&) -> Value {
    return {f(a.array("a"), a.array("b"), a.axis().value_or(-1))};
  });
}

// A number, or a tuple of them.
Dims axes_of(const Arguments& a, const Value& value) {
  const auto number = [&](const Value& v) {
    const auto* n = v.get<Scalar>();
    if (!n || n->kind() > Kind::integer) a.fail("axes", "axes are integers");
    return n->as<std::int64_t>();
  };
  const auto* items = value.get<Value::Tuple>();
  if (!items) return {number(value)};
  Dims axes;
  for (const Value& item : *items) axes.push_back(number(item));
  return axes;
}

Value over_axes(const Arguments& a, CallContext&) {
  const Array x = a.array("a"), y = a.array("b");
  const Value* axes = a.passed("axes");
  const auto* pair = axes ? axes->get<Value::Tuple>() : nullptr;
  if (!pair) return {tensordot(x, y, a.integer("axes", 2))};
  if (pair->size() != 2) a.fail("axes", "a number, or axes of a and of b: (axes_a, axes_b)");
  return {tensordot(x, y, {axes_of(a, (*pair)[0]), axes_of(a, (*pair)[1])})};
}

NormOrder order_of(const Arguments& a) {
  const Value* ord = a.passed("ord");
  if (!ord || a.is_none("ord")) return {};
  if (const auto* name = ord->get<std::string>()) return *name;
  return a.real("ord", 2);
}

}  // namespace

void add_product_functions(FunctionTable& table) {
  add_pair(table, "matmul(a, b)", matmul);
  add_pair(table, "dot(a, b)", dot);
  add_pair(table, "vdot(a, b)", vdot);
  add_pair(table, "inner(a, b)", inner);
  add_pair(table, "outer(a, b)", outer);
  add_pair(table, "kron(a, b)", kron);
  add_along(table, "vecdot(a, b, axis=-1)", vecdot);
  add_along(table, "cross(a, b, axis=-1)", cross);
  add_function(table, "tensordot(a, b, axes=2)", over_axes);
  add_function(table, "einsum(subscripts, *operands)", [](const Arguments& a, CallContext&) -> Value {
    return {einsum(a.text("subscripts"), a.arrays("operands"))};
  });
  add_function(table, "matrix_power(a, n)",
               [](const Arguments& a, CallContext&) -> Value { return {matrix_power(a.array("a"), a.integer("n"))}; });
  add_function(table, "norm(x, ord=None, axis=None, keepdims=False)", [](const Arguments& a, CallContext&) -> Value {
    return {norm(a.array("x"), {.ord = order_of(a), .axis = a.axes("axis"), .keepdims = a.flag("keepdims")})};
  });
}

}  // namespace tessera::language
