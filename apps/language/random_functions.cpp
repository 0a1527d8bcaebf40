#include "function_families.hpp"

namespace tessera::language {

void add_random_functions(FunctionTable& table) {
  const auto options = [](const Arguments& a, CallContext& context) {
    RandomOptions o;
    o.seed = a.unsigned_integer("seed", 0);
    o.stream = a.unsigned_integer("stream", context.random_calls++);
    o.dtype = a.dtype("dtype").value_or(DType::float64);
    o.chunks = a.lengths("chunks");
    return o;
  };
  const std::string rest = ", *, seed=0, stream=None, dtype=float64, chunks=None)";
  add_function(table, "uniform(shape, low=0, high=1" + rest,
               [options](const Arguments& a, CallContext& context) -> Value {
                 return {uniform(a.lengths("shape"), a.real("low", 0), a.real("high", 1), options(a, context))};
               });
  add_function(table, "normal(shape, loc=0, scale=1" + rest,
               [options](const Arguments& a, CallContext& context) -> Value {
                 return {normal(a.lengths("shape"), a.real("loc", 0), a.real("scale", 1), options(a, context))};
               });
}

}  // namespace tessera::language
