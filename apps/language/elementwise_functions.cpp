#include "function_families.hpp"

namespace tessera::language {
namespace {

/// At least one operand must be an array for the library; of numbers alone the first becomes a 0-d one.
Value elementwise(Op op, const Arguments& arguments, const std::vector<std::string>& names) {
  std::vector<Operand> operands;
  bool has_array = false;
  for (const auto& name : names) {
    operands.push_back(arguments.operand(name));
    has_array = has_array || operands.back().array() != nullptr;
  }
  if (!has_array)
    for (auto& operand : operands) operand = as_array(*operand.scalar());
  return {tessera::apply(op, operands)};
}

std::vector<std::string> other_names(Op op) {
  switch (op) {
    case Op::remainder:
      return {"mod"};
    case Op::trunc:
      return {"fix"};
    case Op::rad2deg:
      return {"degrees"};
    case Op::deg2rad:
      return {"radians"};
    case Op::bitwise_invert:
      return {"bitwise_not"};
    default:
      return {};
  }
}

Value pair(const std::pair<Array, Array>& results) { return {Value::Tuple{{results.first}, {results.second}}}; }

std::optional<Operand> given_operand(const Arguments& a, const char* name) {
  return a.given(name) ? std::optional(a.operand(name)) : std::nullopt;
}
std::optional<double> given_real(const Arguments& a, const char* name) {
  return a.given(name) ? std::optional(a.real(name, 0)) : std::nullopt;
}

void add_parts(FunctionTable& table) {
  const auto first = [](const Arguments& a) {  // one of two numbers becomes an array
    const Operand x = a.operand("x1");
    return x.array() || a.operand("x2").array() ? x : Operand(a.array("x1"));
  };
  add_function(table, "divmod(x1, x2)", [first](const Arguments& a, CallContext&) -> Value {
    return pair(tessera::divmod(first(a), a.operand("x2")));
  });
  add_function(table, "fabs(x)", [](const Arguments& a, CallContext&) -> Value { return {fabs(a.array("x"))}; });
  add_function(table, "float_power(x1, x2)",
               [first](const Arguments& a, CallContext&) -> Value { return {float_power(first(a), a.operand("x2"))}; });
  add_function(table, "frexp(x)",
               [](const Arguments& a, CallContext&) -> Value { return pair(tessera::frexp(a.array("x"))); });
  add_function(table, "modf(x)",
               [](const Arguments& a, CallContext&) -> Value { return pair(tessera::modf(a.array("x"))); });
  add_function(table, "angle(z, deg=False)",
               [](const Arguments& a, CallContext&) -> Value { return {angle(a.array("z"), a.flag("deg"))}; });
  for (const char* name : {"round", "around"})
    add_function(table, std::string(name) + "(x, decimals=0)", [](const Arguments& a, CallContext&) -> Value {
      return {tessera::round(a.array("x"), a.integer("decimals"))};
    });
  add_function(table, "nan_to_num(x, *, nan=0.0, posinf=None, neginf=None)",
               [](const Arguments& a, CallContext&) -> Value {
                 return {nan_to_num(a.array("x"), a.real("nan", 0), given_real(a, "posinf"), given_real(a, "neginf"))};
               });
}

Outside choice_mode_of(const Arguments& a) {
  const std::string mode = a.text("mode");
  if (mode == "clip") return Outside::clip;
  if (mode == "wrap") return Outside::wrap;
  a.fail("mode",
         "the mode must be 'clip' or 'wrap', not '" + mode + "': whether an index has a choice is not known yet");
}

void add_choices(FunctionTable& table) {
  add_function(table, "clip(x, min=None, max=None)", [](const Arguments& a, CallContext&) -> Value {
    return {clip(a.array("x"), given_operand(a, "min"), given_operand(a, "max"))};
  });
  add_function(table, "isclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False)",
               [](const Arguments& a, CallContext&) -> Value {
                 const IscloseOptions options{a.real("rtol", 1e-5), a.real("atol", 1e-8), a.flag("equal_nan")};
                 const Operand x = a.operand("a"), y = a.operand("b");
                 return {isclose(x.array() || y.array() ? x : Operand(a.array("a")), y, options)};
               });
  add_function(
      table, "allclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False)", [](const Arguments& a, CallContext&) -> Value {
        return {
            allclose(a.array("a"), a.array("b"), {a.real("rtol", 1e-5), a.real("atol", 1e-8), a.flag("equal_nan")})};
      });
  add_function(table, "array_equal(a1, a2, equal_nan=False)", [](const Arguments& a, CallContext&) -> Value {
    return {array_equal(a.array("a1"), a.array("a2"), a.flag("equal_nan"))};
  });
  add_function(table, "isin(element, test_elements, *, invert=False)", [](const Arguments& a, CallContext&) -> Value {
    if (const auto values = a.numbers("test_elements")) return {isin(a.array("element"), *values, a.flag("invert"))};
    return {isin(a.array("element"), a.array("test_elements"), a.flag("invert"))};
  });
  add_function(table, "select(condlist, choicelist, default=0)", [](const Arguments& a, CallContext&) -> Value {
    const auto otherwise = given_operand(a, "default");
    return {tessera::select(a.arrays("condlist"), a.operands("choicelist"), otherwise.value_or(Scalar(0)))};
  });
  add_function(table, "piecewise(x, condlist, funclist)", [](const Arguments& a, CallContext&) -> Value {
    std::vector<Branch> pieces;
    for (const auto& o : a.operands("funclist")) pieces.emplace_back(o);
    return {piecewise(a.array("x"), a.arrays("condlist"), pieces)};
  });
  add_function(table, "choose(a, choices, *, mode)", [](const Arguments& a, CallContext&) -> Value {
    return {choose(a.array("a"), a.operands("choices"), choice_mode_of(a))};
  });
}

}  // namespace

void add_elementwise_functions(FunctionTable& table) {
  for (int i = 0; i < op_count; i++) {
    const Op op = static_cast<Op>(i);
    if (op == Op::cast) continue;
    const OperationInfo row = info(op);
    std::vector<std::string> parameters = {"x"};
    if (row.arity == 2) parameters = {"x1", "x2"};
    if (row.arity == 3) parameters = {"condition", "x1", "x2"};
    std::string list;
    for (const auto& name : parameters) list += (list.empty() ? "" : ", ") + name;
    std::vector<std::string> names = other_names(op);
    names.emplace_back(row.name);
    if (!row.numpy.empty()) names.emplace_back(row.numpy);
    for (const auto& name : names)
      add_function(table, name + "(" + list + ")",
                   [op, parameters](const Arguments& a, CallContext&) { return elementwise(op, a, parameters); });
  }
  add_parts(table);
  add_choices(table);
  const auto cast = [](const Arguments& a, CallContext&) -> Value {
    if (!a.given("dtype")) a.fail("dtype", "the dtype can't be None");
    return {astype(a.array("x"), *a.dtype("dtype"))};
  };
  add_function(table, "astype(x, dtype)", cast);
  add_function(table, "cast(x, dtype)", cast);
}

}  // namespace tessera::language
