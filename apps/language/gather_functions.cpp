#include "function_families.hpp"

namespace tessera::language {
namespace {

std::optional<std::int64_t> axis_of(const Arguments& a) {
  if (!a.given("axis")) return std::nullopt;
  const Dims axes = a.dims("axis");
  if (axes.size() != 1) a.fail("axis", "one axis");
  return axes[0];
}

IndexMode mode_of(const Arguments& a) {
  const std::string mode = a.text("mode", "raise");
  if (mode == "wrap") return IndexMode::wrap;
  if (mode == "clip") return IndexMode::clip;
  if (mode == "raise") return IndexMode::as_is;
  a.fail("mode", "'raise', 'wrap' or 'clip'");
}

// A number, a tuple of numbers, or an array.
Array indices_of(const Arguments& a, std::string_view name) {
  if (auto given = a.array_given(name)) return *given;
  return a.array(name);
}

// One, or several: not as many as an array has axes alone.
std::vector<std::int64_t> integers_of(const Arguments& a, std::string_view name) {
  if (!a.is_tuple(name)) return {a.integer(name)};
  std::vector<std::int64_t> all;
  for (const Scalar& s : a.scalars(name)) {
    if (s.kind() != Kind::integer || !s.fits(DType::int64)) a.fail(name, "integers");
    all.push_back(s.as<std::int64_t>());
  }
  return all;
}

Operand values_of(const Arguments& a, std::string_view name) {
  if (auto given = a.array_given(name)) return *given;
  return a.operand(name);
}

}  // namespace

void add_gather_functions(FunctionTable& table) {
  add_function(table, "take(x, indices, axis=None)", [](const Arguments& a, CallContext&) -> Value {
    return {take(a.array("x"), indices_of(a, "indices"), axis_of(a))};
  });
  add_function(table, "take_along_axis(x, indices, axis=-1)", [](const Arguments& a, CallContext&) -> Value {
    return {take_along_axis(a.array("x"), indices_of(a, "indices"), axis_of(a).value_or(-1))};
  });
  add_function(table, "unravel_index(indices, shape)", [](const Arguments& a, CallContext&) -> Value {
    return tuple_of(unravel_index(indices_of(a, "indices"), a.lengths("shape")));
  });
  add_function(table, "ravel_multi_index(multi_index, dims, mode='raise')",
               [](const Arguments& a, CallContext&) -> Value {
                 return {ravel_multi_index(a.arrays("multi_index"), a.lengths("dims"), mode_of(a))};
               });
  add_function(table, "put(x, ind, v)", [](const Arguments& a, CallContext&) -> Value {
    return {put(a.array("x"), indices_of(a, "ind"), values_of(a, "v"))};
  });
  add_function(table, "put_along_axis(x, indices, values, axis)", [](const Arguments& a, CallContext&) -> Value {
    return {put_along_axis(a.array("x"), indices_of(a, "indices"), values_of(a, "values"), axis_of(a).value_or(-1))};
  });
  add_function(table, "append(x, values, axis=None)", [](const Arguments& a, CallContext&) -> Value {
    return {append(a.array("x"), indices_of(a, "values"), axis_of(a))};
  });
  add_function(table, "insert(x, obj, values, axis=None)", [](const Arguments& a, CallContext&) -> Value {
    const Array x = a.array("x"), values = indices_of(a, "values");
    if (a.is_tuple("obj")) return {insert(x, integers_of(a, "obj"), values, axis_of(a))};
    return {insert(x, a.integer("obj"), values, axis_of(a))};
  });
  add_function(table, "delete(x, obj, axis=None)", [](const Arguments& a, CallContext&) -> Value {
    return {delete_at(a.array("x"), integers_of(a, "obj"), axis_of(a))};
  });
  add_function(table, "compress(condition, x, axis=None)", [](const Arguments& a, CallContext& context) -> Value {
    return {compress(indices_of(a, "condition"), a.array("x"), axis_of(a), context.count)};
  });
  add_function(table, "extract(condition, x)", [](const Arguments& a, CallContext& context) -> Value {
    return {extract(indices_of(a, "condition"), a.array("x"), context.count)};
  });
  add_function(table, "nonzero(x)", [](const Arguments& a, CallContext& context) -> Value {
    return tuple_of(nonzero(a.array("x"), context.count));
  });
  add_function(table, "flatnonzero(x)", [](const Arguments& a, CallContext& context) -> Value {
    return {flatnonzero(a.array("x"), context.count)};
  });
  add_function(table, "argwhere(x)", [](const Arguments& a, CallContext& context) -> Value {
    return {argwhere(a.array("x"), context.count)};
  });
}

}  // namespace tessera::language
