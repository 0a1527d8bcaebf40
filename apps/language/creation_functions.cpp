#include <limits>

#include "function_families.hpp"
#include "scalar_arithmetic.hpp"

namespace tessera::language {
namespace {

CreateArrayOptions create_options(const Arguments& a) {
  return {.dtype = a.dtype("dtype").value_or(DType::float64), .chunks = a.dims("chunks")};
}

void add_arrays(FunctionTable& table) {
  for (const char* name : {"array", "asarray"})
    add_function(table, std::string(name) + "(object, dtype=None)",
                 [](const Arguments& a, CallContext& context) -> Value {
                   const auto dtype = a.dtype("dtype");
                   const auto listed = a.array_given("object", dtype);
                   return {listed ? *listed : *nested_array({a.scalar("object")}, context.room, dtype)};
                 });
}

void add_constants(FunctionTable& table) {
  const auto constant = [&](const std::string& name, Array (*make)(const Shape&, const CreateArrayOptions&),
                            Array (*like)(const Array&, std::optional<DType>)) {
    add_function(
        table, name + "(shape, dtype=float64, *, chunks=None)",
        [make](const Arguments& a, CallContext&) -> Value { return {make(a.lengths("shape"), create_options(a))}; });
    add_function(table, name + "_like(x, dtype=None)",
                 [like](const Arguments& a, CallContext&) -> Value { return {like(a.array("x"), a.dtype("dtype"))}; });
  };
  constant("zeros", zeros, zeros_like);
  constant("ones", ones, ones_like);
  constant("empty", empty, empty_like);
  add_function(table, "full(shape, fill_value, dtype=None, *, chunks=None)",
               [](const Arguments& a, CallContext&) -> Value {
                 return {full(a.lengths("shape"), a.scalar("fill_value"), a.dtype("dtype"), a.dims("chunks"))};
               });
  add_function(table, "full_like(x, fill_value, dtype=None)", [](const Arguments& a, CallContext&) -> Value {
    return {full_like(a.array("x"), a.scalar("fill_value"), a.dtype("dtype"))};
  });
}

void add_ranges(FunctionTable& table) {
  add_function(table, "arange(start, stop=None, step=1, dtype=None, *, chunks=None)",
               [](const Arguments& a, CallContext&) -> Value {
                 const bool both = a.given("stop");
                 return {arange(both ? a.scalar("start") : Scalar(0), both ? a.scalar("stop") : a.scalar("start"),
                                a.scalar("step", Scalar(1)), a.dtype("dtype"), a.dims("chunks"))};
               });
  add_function(table, "linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, *, chunks=None)",
               [](const Arguments& a, CallContext&) -> Value {
                 const LinspaceOptions options{
                     .endpoint = a.flag("endpoint", true), .dtype = a.dtype("dtype"), .chunks = a.dims("chunks")};
                 const Scalar start = a.scalar("start"), stop = a.scalar("stop");
                 const std::int64_t num = a.integer("num", 50), steps = num - (options.endpoint ? 1 : 0);
                 const Array made = linspace(start, stop, num, options);
                 if (!a.flag("retstep")) return {made};
                 const Scalar whole = apply_binary("-", stop, start);
                 return {Value::Tuple{{made},
                                      {steps > 0 ? apply_binary("/", whole, Scalar(steps))
                                                 : Scalar(std::numeric_limits<double>::quiet_NaN())}}};
               });
}

void add_index_arrays(FunctionTable& table) {
  add_function(table, "eye(n_rows, n_cols=None, k=0, dtype=float64, *, chunks=None)",
               [](const Arguments& a, CallContext&) -> Value {
                 std::optional<std::int64_t> columns;
                 if (a.given("n_cols")) columns = a.integer("n_cols");
                 return {eye(a.integer("n_rows"), columns, a.integer("k"), create_options(a))};
               });
  add_function(table, "indices(dimensions, dtype=int64, sparse=False)", [](const Arguments& a, CallContext&) -> Value {
    const Shape shape = a.lengths("dimensions");
    const DType type = a.dtype("dtype").value_or(DType::int64);
    if (a.flag("sparse")) return tuple_of(sparse_indices(shape, type));
    return {indices(shape, type)};
  });
  add_function(table, "meshgrid(*arrays, indexing='xy', sparse=False)", [](const Arguments& a, CallContext&) -> Value {
    const std::string order = a.text("indexing", "xy");
    if (order != "xy" && order != "ij") a.fail("indexing", "'indexing' is 'xy' or 'ij', not '" + order + "'");
    return tuple_of(meshgrid(a.arrays("arrays"), {.sparse = a.flag("sparse"), .matrix_order = order == "ij"}));
  });
}

}  // namespace

void add_creation_functions(FunctionTable& table) {
  add_arrays(table);
  add_constants(table);
  add_ranges(table);
  add_index_arrays(table);
}

}  // namespace tessera::language
