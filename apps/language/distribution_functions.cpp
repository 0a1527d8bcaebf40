// The other distributions of NumPy's Generator.
#include "function_families.hpp"
#include "random_arguments.hpp"

namespace tessera::language {
namespace {

struct LawParameter {
  std::string name;
  std::optional<double> otherwise{};  // what has none must be given
};

/// text: "name(shape=None, a=None, scale=1".
std::string start_of(const std::string& name, const std::vector<LawParameter>& parameters) {
  std::string text = name + "(shape=None";
  for (const auto& p : parameters)
    text += ", " + p.name + "=" + (!p.otherwise ? "None" : *p.otherwise == 0 ? "0" : "1");
  return text;
}

void check_given(const Arguments& a, const std::string& name, const std::vector<LawParameter>& parameters) {
  for (const auto& p : parameters)
    if (!p.otherwise && !a.given(p.name))
      a.fail(p.name,
             "'" + p.name + "' is missing: " + name + "(PARAMETERS, size=(3, 4)) or " + name + "((3, 4), PARAMETERS)");
}

/// A law whose parameters may be arrays.
template <class F>
void add_stretched(FunctionTable& table, const std::string& name, const std::vector<LawParameter>& parameters,
                   const char* dtype, F f) {
  add_function(table, signature(start_of(name, parameters), dtype),
               [=](const Arguments& a, CallContext& context) -> Value {
                 check_given(a, name, parameters);
                 std::vector<std::string> names;
                 std::vector<Operand> values;
                 for (const auto& p : parameters) {
                   names.push_back(p.name);
                   values.push_back(parameter(a, p.name, p.otherwise.value_or(0)));
                 }
                 return {f(shape_of(a, names), values, random_options(a, context))};
               });
}

/// A law of numbers.
template <class F>
void add_drawn(FunctionTable& table, const std::string& name, const std::vector<LawParameter>& parameters,
               const char* dtype, F f) {
  add_function(table, signature(start_of(name, parameters), dtype),
               [=](const Arguments& a, CallContext& context) -> Value {
                 check_given(a, name, parameters);
                 std::vector<double> values;
                 for (const auto& p : parameters)
                   values.push_back(number_alone(a, p.name.c_str(), p.otherwise.value_or(0)));
                 return {f(shape_of(a, {}), values, random_options(a, context))};
               });
}

using Numbers = std::vector<double>;
using Operands = std::vector<Operand>;
using Options = RandomOptions;
const char* const real = "float64";
const char* const whole = "int64";

void add_stretched_laws(FunctionTable& t) {
  const LawParameter loc{"loc", 0}, scale{"scale", 1};
  add_stretched(t, "standard_normal", {}, real,
                [](const Shape& s, const Operands&, const Options& o) { return standard_normal(s, o); });
  add_stretched(t, "standard_exponential", {}, real,
                [](const Shape& s, const Operands&, const Options& o) { return standard_exponential(s, o); });
  add_stretched(t, "standard_cauchy", {}, real,
                [](const Shape& s, const Operands&, const Options& o) { return standard_cauchy(s, o); });
  for (const auto& [name, f] : {std::pair{"laplace", &laplace}, {"logistic", &logistic}, {"gumbel", &gumbel}})
    add_stretched(t, name, {loc, scale}, real,
                  [f = f](const Shape& s, const Operands& p, const Options& o) { return f(s, p[0], p[1], o); });
  add_stretched(t, "rayleigh", {scale}, real,
                [](const Shape& s, const Operands& p, const Options& o) { return rayleigh(s, p[0], o); });
  for (const auto& [name, f] :
       {std::pair{"weibull", &weibull}, {"pareto", &pareto}, {"power_distribution", &power_distribution}})
    add_stretched(t, name, {{"a"}}, real,
                  [f = f](const Shape& s, const Operands& p, const Options& o) { return f(s, p[0], o); });
  add_stretched(t, "triangular", {{"left"}, {"mode"}, {"right"}}, real,
                [](const Shape& s, const Operands& p, const Options& o) { return triangular(s, p[0], p[1], p[2], o); });
  add_stretched(t, "wald", {{"mean"}, {"scale"}}, real,
                [](const Shape& s, const Operands& p, const Options& o) { return wald(s, p[0], p[1], o); });
  for (const auto& [name, f] : {std::pair{"geometric", &geometric}, {"logseries", &logseries}})
    add_stretched(t, name, {{"p"}}, whole,
                  [f = f](const Shape& s, const Operands& p, const Options& o) { return f(s, p[0], o); });
}

void add_drawn_laws(FunctionTable& t) {
  add_drawn(t, "standard_gamma", {{"k"}}, real,
            [](const Shape& s, const Numbers& p, const Options& o) { return standard_gamma(s, p[0], o); });
  add_drawn(t, "chisquare", {{"df"}}, real,
            [](const Shape& s, const Numbers& p, const Options& o) { return chisquare(s, p[0], o); });
  add_drawn(t, "standard_t", {{"df"}}, real,
            [](const Shape& s, const Numbers& p, const Options& o) { return standard_t(s, p[0], o); });
  add_drawn(t, "beta", {{"a"}, {"b"}}, real,
            [](const Shape& s, const Numbers& p, const Options& o) { return beta(s, p[0], p[1], o); });
  add_drawn(t, "noncentral_chisquare", {{"df"}, {"nonc"}}, real,
            [](const Shape& s, const Numbers& p, const Options& o) { return noncentral_chisquare(s, p[0], p[1], o); });
  for (const char* name : {"f", "f_distribution"})
    add_drawn(t, name, {{"dfnum"}, {"dfden"}}, real,
              [](const Shape& s, const Numbers& p, const Options& o) { return f_distribution(s, p[0], p[1], o); });
  add_drawn(t, "noncentral_f", {{"dfnum"}, {"dfden"}, {"nonc"}}, real,
            [](const Shape& s, const Numbers& p, const Options& o) { return noncentral_f(s, p[0], p[1], p[2], o); });
  add_drawn(t, "vonmises", {{"mu"}, {"kappa"}}, real,
            [](const Shape& s, const Numbers& p, const Options& o) { return vonmises(s, p[0], p[1], o); });
  add_drawn(t, "negative_binomial", {{"n"}, {"p"}}, whole,
            [](const Shape& s, const Numbers& p, const Options& o) { return negative_binomial(s, p[0], p[1], o); });
  add_drawn(t, "zipf", {{"a"}}, whole,
            [](const Shape& s, const Numbers& p, const Options& o) { return zipf(s, p[0], o); });
}

std::vector<std::int64_t> whole_numbers(const Arguments& a, const char* name) {
  const Dims numbers = a.dims(name);
  return {numbers.begin(), numbers.end()};
}

Array drawn_outcomes(const Arguments& a, const RandomOptions& o) {
  const auto n = a.array_given("n");
  if (!n && a.numbers("pvals")) return multinomial(shape_of(a, {}), a.integer("n"), a.reals("pvals"), o);
  const Array pvals = a.array("pvals");
  Shape shape = shape_of(a, {"n"});
  if (!a.given("shape") && pvals.rank() > 0) {
    Shape outer = pvals.shape();
    outer.erase(outer.size() - 1);
    shape = broadcast_shapes(shape, outer, "multinomial");
  }
  return multinomial(shape, n ? Operand(*n) : Operand(a.integer("n")), pvals, o);
}

void add_laws_of_rows(FunctionTable& t) {
  add_function(t, signature("dirichlet(shape=None, alpha=None", real),
               [](const Arguments& a, CallContext& context) -> Value {
                 check_given(a, "dirichlet", {{"alpha"}});
                 return {dirichlet(shape_of(a, {}), a.reals("alpha"), random_options(a, context))};
               });
  add_function(t, signature("multinomial(shape=None, n=None, pvals=None", whole),
               [](const Arguments& a, CallContext& context) -> Value {
                 check_given(a, "multinomial", {{"n"}, {"pvals"}});
                 return {drawn_outcomes(a, random_options(a, context))};
               });
  add_function(
      t, signature("multivariate_hypergeometric(shape=None, colors=None, nsample=None, method='marginals'", whole),
      [](const Arguments& a, CallContext& context) -> Value {
        check_given(a, "multivariate_hypergeometric", {{"colors"}, {"nsample"}});
        return {multivariate_hypergeometric(shape_of(a, {}), whole_numbers(a, "colors"), a.integer("nsample"),
                                            a.text("method", "marginals"), random_options(a, context))};
      });
  add_function(t,
               signature("multivariate_normal(shape=None, mean=None, cov=None, check_valid='raise', tol=1e-08, "
                         "method='svd'",
                         real),
               [](const Arguments& a, CallContext& context) -> Value {
                 check_given(a, "multivariate_normal", {{"mean"}, {"cov"}});
                 return {multivariate_normal(shape_of(a, {}), a.array("mean"), a.array("cov"),
                                             {.method = a.text("method", "svd"),
                                              .check_valid = a.text("check_valid", "raise"),
                                              .tol = a.real("tol", 1e-8)},
                                             random_options(a, context))};
               });
}

}  // namespace

void add_distribution_functions(FunctionTable& table) {
  add_stretched_laws(table);
  add_drawn_laws(table);
  add_laws_of_rows(table);
  add_function(table, signature("gamma(shape=None, k=None, scale=1", real),
               [](const Arguments& a, CallContext& context) -> Value {
                 check_given(a, "gamma", {{"k"}});
                 const double k = number_alone(a, "k", 1);
                 return {gamma(shape_of(a, {"scale"}), k, parameter(a, "scale", 1), random_options(a, context))};
               });
  add_function(table, signature("hypergeometric(shape=None, ngood=None, nbad=None, nsample=None", whole),
               [](const Arguments& a, CallContext& context) -> Value {
                 check_given(a, "hypergeometric", {{"ngood"}, {"nbad"}, {"nsample"}});
                 return {hypergeometric(shape_of(a, {}), a.integer("ngood"), a.integer("nbad"), a.integer("nsample"),
                                        random_options(a, context))};
               });
}

}  // namespace tessera::language
