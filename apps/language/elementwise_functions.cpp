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

}  // namespace

void add_elementwise_functions(FunctionTable& table) {
  for (int i = 0; i < op_count; i++) {
    const Op op = static_cast<Op>(i);
    if (op == Op::cast) continue;
    const OperationInfo row = info(op);
    std::vector<std::string> names = {"x"};
    if (row.arity == 2) names = {"x1", "x2"};
    if (row.arity == 3) names = {"condition", "x1", "x2"};
    std::string parameters;
    for (const auto& name : names) parameters += (parameters.empty() ? "" : ", ") + name;
    for (const std::string_view name : {row.name, row.numpy})
      if (!name.empty())
        add_function(table, std::string(name) + "(" + parameters + ")",
                     [op, names](const Arguments& a, CallContext&) { return elementwise(op, a, names); });
  }
  const auto cast = [](const Arguments& a, CallContext&) -> Value {
    if (!a.given("dtype")) a.fail("dtype", "the dtype can't be None");
    return {astype(a.array("x"), *a.dtype("dtype"))};
  };
  add_function(table, "astype(x, dtype)", cast);
  add_function(table, "cast(x, dtype)", cast);
}

}  // namespace tessera::language
