#include "function_families.hpp"

namespace tessera::language {

void add_shape_functions(FunctionTable& table) {
  add_function(table, "permute_dims(x, axes)",
               [](const Arguments& a, CallContext&) -> Value { return {permute_dims(a.array("x"), a.dims("axes"))}; });
  add_function(table, "transpose(x, axes=None)",
               [](const Arguments& a, CallContext&) -> Value { return {transpose(a.array("x"), a.dims("axes"))}; });
  add_function(table, "swapaxes(x, axis1, axis2)", [](const Arguments& a, CallContext&) -> Value {
    return {swapaxes(a.array("x"), a.integer("axis1"), a.integer("axis2"))};
  });
  add_function(table, "moveaxis(x, source, destination)", [](const Arguments& a, CallContext&) -> Value {
    return {moveaxis(a.array("x"), a.integer("source"), a.integer("destination"))};
  });
  add_function(table, "flip(x, axis=None)", [](const Arguments& a, CallContext&) -> Value {
    const Dims axes = a.dims("axis");
    const Array x = a.array("x");
    return {a.given("axis") && axes.empty() ? x : flip(x, axes)};  // axis=() flips nothing
  });
  add_function(table, "expand_dims(x, axis)", [](const Arguments& a, CallContext&) -> Value {
    return {expand_dims(a.array("x"), a.integer("axis"))};
  });
  add_function(table, "squeeze(x, axis=None)", [](const Arguments& a, CallContext&) -> Value {
    const Dims axes = a.dims("axis");
    const Array x = a.array("x");
    return {a.given("axis") && axes.empty() ? x : squeeze(x, axes)};
  });
  add_function(table, "broadcast_to(x, shape)", [](const Arguments& a, CallContext&) -> Value {
    return {broadcast_to(a.array("x"), a.lengths("shape"))};
  });
}

}  // namespace tessera::language
