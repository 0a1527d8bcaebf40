#include "function_families.hpp"

namespace tessera::language {
namespace {

// Each call of a program draws from a stream of its own.
RandomOptions random_options(const Arguments& a, CallContext& context) {
  RandomOptions o;
  o.seed = a.unsigned_integer("seed", 0);
  o.stream = a.unsigned_integer("stream", context.random_calls++);
  o.dtype = a.dtype("dtype");
  o.chunks = a.lengths("chunks");
  return o;
}

std::string signature(const std::string& start, const char* dtype) {
  return start + ", *, seed=0, stream=None, dtype=" + dtype + ", chunks=None)";
}

void add_real_laws(FunctionTable& table) {
  using Law = Array (*)(const Shape&, double, double, const RandomOptions&);
  const auto two = [&](const std::string& name, const std::string& a, double a0, const std::string& b, double b0,
                       Law law) {
    const auto number = [](double v) { return v == 0 ? "0" : "1"; };
    add_function(table, signature(name + "(shape, " + a + "=" + number(a0) + ", " + b + "=" + number(b0), "float64"),
                 [=](const Arguments& arguments, CallContext& context) -> Value {
                   return {law(arguments.lengths("shape"), arguments.real(a, a0), arguments.real(b, b0),
                               random_options(arguments, context))};
                 });
  };
  two("uniform", "low", 0, "high", 1, uniform);
  two("normal", "loc", 0, "scale", 1, normal);
  two("lognormal", "mean", 0, "sigma", 1, lognormal);
  add_function(table, signature("exponential(shape, scale=1", "float64"),
               [](const Arguments& a, CallContext& context) -> Value {
                 return {exponential(a.lengths("shape"), a.real("scale", 1), random_options(a, context))};
               });
}

void add_discrete_laws(FunctionTable& table) {
  add_function(
      table, "integers(shape, low, high=None, *, endpoint=False, seed=0, stream=None, dtype=int64, chunks=None)",
      [](const Arguments& a, CallContext& context) -> Value {
        const bool both = a.given("high");
        return {integers(a.lengths("shape"), both ? a.scalar("low") : Scalar(0),
                         both ? a.scalar("high") : a.scalar("low"), random_options(a, context), a.flag("endpoint"))};
      });
  add_function(table, signature("poisson(shape, lam=1", "int64"),
               [](const Arguments& a, CallContext& context) -> Value {
                 return {poisson(a.lengths("shape"), a.real("lam", 1), random_options(a, context))};
               });
  add_function(table, signature("binomial(shape, n, p", "int64"),
               [](const Arguments& a, CallContext& context) -> Value {
                 return {binomial(a.lengths("shape"), a.integer("n"), a.real("p", 0), random_options(a, context))};
               });
  add_function(table, signature("choice(shape, a, p=None", "None"),
               [](const Arguments& a, CallContext& context) -> Value {
                 const Shape shape = a.lengths("shape");
                 if (a.is_tuple("a")) return {choice(shape, a.scalars("a"), a.reals("p"), random_options(a, context))};
                 return {choice(shape, a.integer("a"), a.reals("p"), random_options(a, context))};
               });
}

}  // namespace

void add_random_functions(FunctionTable& table) {
  add_real_laws(table);
  add_discrete_laws(table);
}

}  // namespace tessera::language
