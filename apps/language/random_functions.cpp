#include "function_families.hpp"
#include "random_arguments.hpp"

namespace tessera::language {
namespace {

Operand bound(const Arguments& a, const std::string& name) {
  if (const auto x = a.array_given(name)) return *x;
  return a.scalar(name);
}

void add_real_laws(FunctionTable& table) {
  using Numbers = Array (*)(const Shape&, double, double, const RandomOptions&);
  using Arrays = Array (*)(const Shape&, const Operand&, const Operand&, const RandomOptions&);
  const auto two = [&](const std::string& name, const std::string& a, double a0, const std::string& b, double b0,
                       Numbers of_numbers, Arrays of_arrays) {
    const auto number = [](double v) { return v == 0 ? "0" : "1"; };
    add_function(table,
                 signature(name + "(shape=None, " + a + "=" + number(a0) + ", " + b + "=" + number(b0), "float64"),
                 [=](const Arguments& arguments, CallContext& context) -> Value {
                   const Shape shape = shape_of(arguments, {a, b});
                   const RandomOptions options = random_options(arguments, context);
                   if (!arguments.array_given(a) && !arguments.array_given(b))
                     return {of_numbers(shape, arguments.real(a, a0), arguments.real(b, b0), options)};
                   return {of_arrays(shape, parameter(arguments, a, a0), parameter(arguments, b, b0), options)};
                 });
  };
  two("uniform", "low", 0, "high", 1, uniform, uniform);
  two("normal", "loc", 0, "scale", 1, normal, normal);
  two("lognormal", "mean", 0, "sigma", 1, lognormal, lognormal);
  add_function(table, signature("random(shape=None", "float64"), [](const Arguments& a, CallContext& context) -> Value {
    return {tessera::random(shape_of(a, {}), random_options(a, context))};
  });
  add_function(table, signature("exponential(shape=None, scale=1", "float64"),
               [](const Arguments& a, CallContext& context) -> Value {
                 const Shape shape = shape_of(a, {"scale"});
                 const RandomOptions options = random_options(a, context);
                 if (const auto scale = a.array_given("scale")) return {exponential(shape, *scale, options)};
                 return {exponential(shape, a.real("scale", 1), options)};
               });
}

// p: probabilities in an array or a list; empty where all are alike.
template <class P>
Value chosen(const Arguments& a, const Shape& shape, const P& p, const RandomOptions& options) {
  const auto x = a.array_given("a");
  if (!a.flag("replace", true)) {
    if (shape.size() != 1) a.fail("shape", "one length: elements that are not replaced are 1-d");
    if (x) return {choice_without_replacement(shape[0], *x, p, options)};
    return {choice_without_replacement(shape[0], a.integer("a"), p, options)};
  }
  if constexpr (std::is_same_v<P, std::vector<double>>)
    if (const auto numbers = a.numbers("a")) return {choice(shape, *numbers, p, options)};
  return {x ? choice(shape, *x, p, options) : choice(shape, a.integer("a"), p, options)};
}

void add_discrete_laws(FunctionTable& table) {
  add_function(
      table,
      "integers(shape=None, low=None, high=None, *, endpoint=False, seed=0, stream=None, dtype=int64, chunks=None)",
      [](const Arguments& a, CallContext& context) -> Value {
        if (!a.given("low"))
          a.fail("low", "the bound is missing: integers(10, size=(3, 4)) or integers((3, 4), 0, 10)");
        const Shape shape = shape_of(a, {"low", "high"});
        const RandomOptions options = random_options(a, context);
        const bool both = a.given("high");
        return {integers(shape, both ? bound(a, "low") : Operand(0), bound(a, both ? "high" : "low"), options,
                         a.flag("endpoint"))};
      });
  add_function(table, signature("poisson(shape=None, lam=1", "int64"),
               [](const Arguments& a, CallContext& context) -> Value {
                 const double lam = number_alone(a, "lam", 1);
                 return {poisson(shape_of(a, {}), lam, random_options(a, context))};
               });
  add_function(table, signature("binomial(shape=None, n=None, p=None", "int64"),
               [](const Arguments& a, CallContext& context) -> Value {
                 for (const char* name : {"n", "p"})
                   if (!a.given(name))
                     a.fail(name, std::string("'") + name + "' is missing: binomial(20, 0.3, size=(3, 4))");
                 number_alone(a, "n", 0);
                 const double p = number_alone(a, "p", 0);
                 return {binomial(shape_of(a, {}), a.integer("n"), p, random_options(a, context))};
               });
  add_function(table, signature("choice(shape=None, a=None, p=None, replace=True", "None"),
               [](const Arguments& a, CallContext& context) -> Value {
                 if (!a.given("a"))
                   a.fail("a", "what to choose from is missing: choice(6, size=(3, 4)) or choice((3, 4), 6)");
                 const Shape shape = shape_of(a, {});
                 const Value* p = a.passed("p");
                 const RandomOptions options = random_options(a, context);
                 if (p && p->get<Array>()) return chosen(a, shape, *p->get<Array>(), options);
                 return chosen(a, shape, a.reals("p"), options);
               });
  add_function(table, signature("permutation(x, axis=0", "None"),
               [](const Arguments& a, CallContext& context) -> Value {
                 const RandomOptions options = random_options(a, context);
                 if (const auto x = a.array_given("x")) return {permutation(*x, a.axis().value_or(0), options)};
                 return {permutation(a.integer("x"), options)};
               });
}

}  // namespace

void add_random_functions(FunctionTable& table) {
  add_real_laws(table);
  add_discrete_laws(table);
}

}  // namespace tessera::language
