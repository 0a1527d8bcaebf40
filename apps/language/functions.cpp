#include "functions.hpp"

namespace tessera::language {
namespace {

using Table = std::map<std::string, Function, std::less<>>;

void add(Table& table, const std::string& signature, std::function<Value(const Arguments&, CallContext&)> call) {
  Signature parsed(signature);
  std::string name = parsed.name();
  table.emplace(std::move(name), Function{std::move(parsed), std::move(call)});
}

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

void add_elementwise(Table& table) {
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
      add(table, std::string(name) + "(" + parameters + ")",
          [op, names](const Arguments& a, CallContext&) { return elementwise(op, a, names); });
  }
  const auto cast = [](const Arguments& a, CallContext&) -> Value {
    if (!a.given("dtype")) a.fail("dtype", "the dtype can't be None");
    return {astype(a.array("x"), *a.dtype("dtype"))};
  };
  add(table, "astype(x, dtype)", cast);
  add(table, "cast(x, dtype)", cast);
}

ReduceOptions reduce_options(const Arguments& a) {
  ReduceOptions options;
  options.axis = a.axes("axis");
  options.keepdims = a.flag("keepdims");
  return options;
}

void add_reductions(Table& table) {
  using Reduction = Array (*)(const Array&, const ReduceOptions&);
  const auto plain = [&](const std::string& name, Reduction f) {
    add(table, name + "(x, axis=None, *, keepdims=False)",
        [f](const Arguments& a, CallContext&) -> Value { return {f(a.array("x"), reduce_options(a))}; });
  };
  plain("min", min);
  plain("max", max);
  plain("any", any);
  plain("all", all);
  const auto typed = [&](const std::string& name, Reduction f) {
    add(table, name + "(x, axis=None, dtype=None, *, keepdims=False)", [f](const Arguments& a, CallContext&) -> Value {
      ReduceOptions options = reduce_options(a);
      options.dtype = a.dtype("dtype");
      return {f(a.array("x"), options)};
    });
  };
  typed("sum", sum);
  typed("mean", mean);
  const auto spread = [&](const std::string& name, Reduction f) {
    add(table, name + "(x, axis=None, *, ddof=0, correction=0, keepdims=False)",
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

void add_creation(Table& table) {
  const auto constant = [&](const std::string& name, int value) {
    add(table, name + "(shape, dtype=float64, *, chunks=None)", [value](const Arguments& a, CallContext&) -> Value {
      const CreateArrayOptions options{.dtype = a.dtype("dtype").value_or(DType::float64),
                                       .chunks = a.lengths("chunks")};
      return {value == 0 ? zeros(a.lengths("shape"), options) : ones(a.lengths("shape"), options)};
    });
  };
  constant("zeros", 0);
  constant("ones", 1);
  add(table, "full(shape, fill_value, dtype=None, *, chunks=None)", [](const Arguments& a, CallContext&) -> Value {
    return {full(a.lengths("shape"), a.scalar("fill_value"), a.dtype("dtype"), a.lengths("chunks"))};
  });
  add(table, "arange(start, stop=None, step=1, dtype=None, *, chunks=None)",
      [](const Arguments& a, CallContext&) -> Value {
        const bool both = a.given("stop");
        return {arange(both ? a.scalar("start") : Scalar(0), both ? a.scalar("stop") : a.scalar("start"),
                       a.scalar("step", Scalar(1)), a.dtype("dtype"), a.lengths("chunks"))};
      });
}

void add_random(Table& table) {
  const auto options = [](const Arguments& a, CallContext& context) {
    RandomOptions o;
    o.seed = a.unsigned_integer("seed", 0);
    o.stream = a.unsigned_integer("stream", context.random_calls++);
    o.dtype = a.dtype("dtype").value_or(DType::float64);
    o.chunks = a.lengths("chunks");
    return o;
  };
  const std::string rest = ", *, seed=0, stream=None, dtype=float64, chunks=None)";
  add(table, "uniform(shape, low=0, high=1" + rest, [options](const Arguments& a, CallContext& context) -> Value {
    return {uniform(a.lengths("shape"), a.real("low", 0), a.real("high", 1), options(a, context))};
  });
  add(table, "normal(shape, loc=0, scale=1" + rest, [options](const Arguments& a, CallContext& context) -> Value {
    return {normal(a.lengths("shape"), a.real("loc", 0), a.real("scale", 1), options(a, context))};
  });
}

void add_views(Table& table) {
  add(table, "permute_dims(x, axes)",
      [](const Arguments& a, CallContext&) -> Value { return {permute_dims(a.array("x"), a.dims("axes"))}; });
  add(table, "transpose(x, axes=None)",
      [](const Arguments& a, CallContext&) -> Value { return {transpose(a.array("x"), a.dims("axes"))}; });
  add(table, "swapaxes(x, axis1, axis2)", [](const Arguments& a, CallContext&) -> Value {
    return {swapaxes(a.array("x"), a.integer("axis1"), a.integer("axis2"))};
  });
  add(table, "moveaxis(x, source, destination)", [](const Arguments& a, CallContext&) -> Value {
    return {moveaxis(a.array("x"), a.integer("source"), a.integer("destination"))};
  });
  add(table, "flip(x, axis=None)", [](const Arguments& a, CallContext&) -> Value {
    const Dims axes = a.dims("axis");
    const Array x = a.array("x");
    return {a.given("axis") && axes.empty() ? x : flip(x, axes)};  // axis=() flips nothing
  });
  add(table, "expand_dims(x, axis)",
      [](const Arguments& a, CallContext&) -> Value { return {expand_dims(a.array("x"), a.integer("axis"))}; });
  add(table, "squeeze(x, axis=None)", [](const Arguments& a, CallContext&) -> Value {
    const Dims axes = a.dims("axis");
    const Array x = a.array("x");
    return {a.given("axis") && axes.empty() ? x : squeeze(x, axes)};
  });
  add(table, "broadcast_to(x, shape)",
      [](const Arguments& a, CallContext&) -> Value { return {broadcast_to(a.array("x"), a.lengths("shape"))}; });
}

Table make_table() {
  Table table;
  add_elementwise(table);
  add_reductions(table);
  add_creation(table);
  add_random(table);
  add_views(table);
  return table;
}

}  // namespace

const std::map<std::string, Function, std::less<>>& functions() {
  static const Table table = make_table();
  return table;
}

std::vector<std::string> function_names() {
  std::vector<std::string> names;
  for (const auto& [name, function] : functions()) names.push_back(name);
  return names;
}

}  // namespace tessera::language
