#include "random_arguments.hpp"

namespace tessera::language {

RandomOptions random_options(const Arguments& a, CallContext& context) {
  RandomOptions o;
  o.seed = a.unsigned_integer("seed", 0);
  o.stream = a.unsigned_integer("stream", context.random_calls++);
  o.dtype = a.dtype("dtype");
  o.chunks = a.dims("chunks");
  return o;
}

std::string signature(const std::string& start, const char* dtype) {
  return start + ", *, seed=0, stream=None, dtype=" + dtype + ", chunks=None)";
}

Shape shape_of(const Arguments& a, const std::vector<std::string>& parameters) {
  if (a.given("shape")) return a.lengths("shape");
  Shape shape;
  for (const auto& name : parameters)
    if (const auto x = a.array_given(name)) shape = broadcast_shapes(shape, x->shape(), a.function().c_str());
  return shape;
}

Operand parameter(const Arguments& a, const std::string& name, double otherwise) {
  if (const auto x = a.array_given(name)) return *x;
  return a.real(name, otherwise);
}

double number_alone(const Arguments& a, const char* name, double otherwise) {
  if (a.array_given(name))
    a.fail(name, std::string("'") + name +
                     "' must be a number: this law is drawn by rejection; arrays are taken as parameters by uniform, "
                     "normal, lognormal, exponential and other laws that stretch what is drawn");
  return a.real(name, otherwise);
}

}  // namespace tessera::language
