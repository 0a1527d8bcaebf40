#include "function_families.hpp"

namespace tessera::language {
namespace {

void add_joining_functions(FunctionTable& table) {
  for (const char* name : {"concat", "concatenate"})
    add_function(table, std::string(name) + "(arrays, axis=0)", [](const Arguments& a, CallContext&) -> Value {
      const auto arrays = a.arrays("arrays");
      if (!a.is_none("axis")) return {concat(arrays, a.integer("axis"))};
      std::vector<Array> flat;
      for (const auto& x : arrays) flat.push_back(ravel(x));
      return {concat(flat)};
    });
  add_function(table, "stack(arrays, axis=0)", [](const Arguments& a, CallContext&) -> Value {
    return {stack(a.arrays("arrays"), a.integer("axis"))};
  });
  add_function(table, "unstack(x, axis=0)", [](const Arguments& a, CallContext& context) -> Value {
    const Array x = a.array("x");
    const std::int64_t axis = a.integer("axis"), rank = x.rank();
    if (axis >= -rank && axis < rank) context.room.take(x.shape()[static_cast<int>(axis < 0 ? axis + rank : axis)]);
    return tuple_of(unstack(x, axis));
  });
  add_function(table, "broadcast_arrays(*arrays)", [](const Arguments& a, CallContext&) -> Value {
    return tuple_of(broadcast_arrays(a.arrays("arrays")));
  });
}

// A number is the length of the chunks along all axes, as in Dask.
Dims chunk_lengths(const Arguments& a, int rank) {
  const Dims lengths = a.dims("chunks");
  return a.is_tuple("chunks") ? lengths : Dims::filled(rank, a.integer("chunks"));
}

}  // namespace

void add_shape_functions(FunctionTable& table) {
  add_joining_functions(table);
  add_function(table, "permute_dims(x, axes)",
               [](const Arguments& a, CallContext&) -> Value { return {permute_dims(a.array("x"), a.dims("axes"))}; });
  add_function(table, "transpose(x, axes=None)",
               [](const Arguments& a, CallContext&) -> Value { return {transpose(a.array("x"), a.dims("axes"))}; });
  add_function(table, "swapaxes(x, axis1, axis2)", [](const Arguments& a, CallContext&) -> Value {
    return {swapaxes(a.array("x"), a.integer("axis1"), a.integer("axis2"))};
  });
  add_function(table, "moveaxis(x, source, destination)", [](const Arguments& a, CallContext&) -> Value {
    return {moveaxis(a.array("x"), a.dims("source"), a.dims("destination"))};
  });
  add_function(table, "flip(x, axis=None)", [](const Arguments& a, CallContext&) -> Value {
    const Dims axes = a.dims("axis");
    const Array x = a.array("x");
    return {a.given("axis") && axes.empty() ? x : flip(x, axes)};  // axis=() flips nothing
  });
  add_function(table, "expand_dims(x, axis)", [](const Arguments& a, CallContext&) -> Value {
    return {a.is_tuple("axis") ? expand_dims(a.array("x"), a.dims("axis"))
                               : expand_dims(a.array("x"), a.integer("axis"))};
  });
  add_function(table, "squeeze(x, axis=None)", [](const Arguments& a, CallContext&) -> Value {
    const Dims axes = a.dims("axis");
    const Array x = a.array("x");
    return {a.given("axis") && axes.empty() ? x : squeeze(x, axes)};
  });
  add_function(table, "broadcast_to(x, shape)", [](const Arguments& a, CallContext&) -> Value {
    return {broadcast_to(a.array("x"), a.lengths("shape"))};
  });
  add_function(table, "rechunk(x, chunks=None)", [](const Arguments& a, CallContext&) -> Value {
    const Array x = a.array("x");
    return {a.given("chunks") ? rechunk(x, chunk_lengths(a, x.rank())) : rechunk(x)};
  });
}

}  // namespace tessera::language
