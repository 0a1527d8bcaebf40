#include "function_families.hpp"

namespace tessera::language {

void add_creation_functions(FunctionTable& table) {
  const auto constant = [&](const std::string& name, int value) {
    add_function(table, name + "(shape, dtype=float64, *, chunks=None)",
                 [value](const Arguments& a, CallContext&) -> Value {
                   const CreateArrayOptions options{.dtype = a.dtype("dtype").value_or(DType::float64),
                                                    .chunks = a.lengths("chunks")};
                   return {value == 0 ? zeros(a.lengths("shape"), options) : ones(a.lengths("shape"), options)};
                 });
  };
  constant("zeros", 0);
  constant("ones", 1);
  add_function(table, "full(shape, fill_value, dtype=None, *, chunks=None)",
               [](const Arguments& a, CallContext&) -> Value {
                 return {full(a.lengths("shape"), a.scalar("fill_value"), a.dtype("dtype"), a.lengths("chunks"))};
               });
  add_function(table, "arange(start, stop=None, step=1, dtype=None, *, chunks=None)",
               [](const Arguments& a, CallContext&) -> Value {
                 const bool both = a.given("stop");
                 return {arange(both ? a.scalar("start") : Scalar(0), both ? a.scalar("stop") : a.scalar("start"),
                                a.scalar("step", Scalar(1)), a.dtype("dtype"), a.lengths("chunks"))};
               });
}

}  // namespace tessera::language
