#include "function_families.hpp"

namespace tessera::language {
namespace {

IndexMode mode_of(const Arguments& a) {
  const std::string mode = a.text("mode", "raise");
  if (mode == "wrap") return IndexMode::wrap;
  if (mode == "clip") return IndexMode::clip;
  if (mode == "raise") return IndexMode::as_is;
  a.fail("mode", "'raise', 'wrap' or 'clip'");
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

}  // namespace

void add_gather_functions(FunctionTable& table) {
  add_function(table, "take(x, indices, axis=None, mode='raise')", [](const Arguments& a, CallContext&) -> Value {
    const Array x = a.array("x"), given = a.array("indices");
    const auto axis = a.axis();
    const IndexMode mode = mode_of(a);
    if (mode == IndexMode::as_is) return {take(x, given, axis)};
    const std::int64_t rank = x.rank(), along = axis.value_or(0);
    if (along < -rank || along >= rank) return {take(x, given, axis)};  // refuses it
    const std::int64_t n = axis ? x.shape()[static_cast<int>(along < 0 ? along + rank : along)] : x.size();
    return {take(x, mode == IndexMode::wrap ? given % n : clip(given, Operand(0), Operand(n - 1)), axis)};
  });
  add_function(table, "take_along_axis(x, indices, axis=-1)", [](const Arguments& a, CallContext&) -> Value {
    return {take_along_axis(a.array("x"), a.array("indices"), a.axis().value_or(-1))};
  });
  add_function(table, "unravel_index(indices, shape)", [](const Arguments& a, CallContext&) -> Value {
    return tuple_of(unravel_index(a.array("indices"), a.lengths("shape")));
  });
  add_function(table, "ravel_multi_index(multi_index, dims, mode='raise')",
               [](const Arguments& a, CallContext&) -> Value {
                 return {ravel_multi_index(a.arrays("multi_index"), a.lengths("dims"), mode_of(a))};
               });
  add_function(table, "put(x, ind, v)", [](const Arguments& a, CallContext&) -> Value {
    return {put(a.array("x"), a.array("ind"), a.operand("v"))};
  });
  add_function(table, "put_along_axis(x, indices, values, axis)", [](const Arguments& a, CallContext&) -> Value {
    return {put_along_axis(a.array("x"), a.array("indices"), a.operand("values"), a.axis().value_or(-1))};
  });
  add_function(table, "append(x, values, axis=None)", [](const Arguments& a, CallContext&) -> Value {
    return {append(a.array("x"), a.array("values"), a.axis())};
  });
  add_function(table, "insert(x, obj, values, axis=None)", [](const Arguments& a, CallContext&) -> Value {
    const Array x = a.array("x"), values = a.array("values");
    if (a.is_tuple("obj")) return {insert(x, integers_of(a, "obj"), values, a.axis())};
    return {insert(x, a.integer("obj"), values, a.axis())};
  });
  add_function(table, "delete(x, obj, axis=None)", [](const Arguments& a, CallContext&) -> Value {
    return {delete_at(a.array("x"), integers_of(a, "obj"), a.axis())};
  });
  add_function(table, "compress(condition, x, axis=None)", [](const Arguments& a, CallContext& context) -> Value {
    return {compress(a.array("condition"), a.array("x"), a.axis(), context.count)};
  });
  add_function(table, "extract(condition, x)", [](const Arguments& a, CallContext& context) -> Value {
    return {extract(a.array("condition"), a.array("x"), context.count)};
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
