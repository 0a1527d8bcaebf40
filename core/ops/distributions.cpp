#include <tessera/core/ops/distributions.hpp>

#include <cmath>
#include <limits>
#include <numbers>

#include <tessera/core/ops/choices.hpp>
#include <tessera/core/ops/concat.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/law_source.hpp>
#include <tessera/core/ops/random_parameters.hpp>
#include <tessera/core/ops/reductions.hpp>

namespace tessera {
namespace {

constexpr double pi = std::numbers::pi;

/// The options of draw number k of a function that draws several for an element.
RandomOptions draw(RandomOptions o, std::uint64_t k) {
  o.stream = draw_key({o.seed, o.stream}, k).stream;
  return o;
}

enum class Range { all, not_negative, positive };

/// The parameters of one call: numbers are checked at once, what is outside its range in an array makes the result NaN.
class Parameters {
 public:
  Parameters(const char* function, const Shape& shape, const RandomOptions& o)
      : function_(function), shape_(shape), type_(o.dtype.value_or(DType::float64)) {}

  Operand take(const char* name, const Operand& value, Range range) {
    const Operand p = random_parameter(function_, name, value, shape_, type_);
    const bool is_strict = range == Range::positive;
    if (const Scalar* s = p.scalar()) {
      const double v = s->as<double>();
      if (range != Range::all && !(is_strict ? v > 0 : v >= 0))
        refuse(name, v, is_strict ? "must be above 0" : "is negative");
    } else if (range != Range::all) {
      require(is_strict ? greater(p, 0) : greater_equal(p, 0));
    }
    return p;
  }
  void require(const Array& valid) { valid_ = valid_ ? logical_and(*valid_, valid) : valid; }
  /// What two parameters must be to each other, `is` of numbers or of arrays.
  void require(const Operand& a, const Operand& b, bool is_strict, const std::string& rule) {
    if (a.array() || b.array()) return require(is_strict ? less(a, b) : less_equal(a, b));
    const double x = a.scalar()->as<double>(), y = b.scalar()->as<double>();
    if (!(is_strict ? x < y : x <= y)) throw ValueError(std::string(function_) + ": " + rule);
  }
  [[noreturn]] void refuse(const char* name, double value, const char* why) const {
    throw ValueError(std::string(function_) + ": " + name + " " + to_string(Scalar(value)) + " " + why);
  }
  Array result(const Array& x) const {
    return valid_ ? where(*valid_, x, std::numeric_limits<double>::quiet_NaN()) : x;
  }
  /// As int64, 0 where a parameter is not valid.
  Array counts(const Array& x, const RandomOptions& o) const {
    const Array whole = astype(x, DType::int64);
    return astype(valid_ ? where(*valid_, whole, 0) : whole, o.dtype.value_or(DType::int64));
  }

 private:
  const char* function_;
  Shape shape_;
  DType type_;
  std::optional<Array> valid_;
};

void check_positive(double v, const char* function, const char* name) {
  if (!(v >= 1e-300 && std::isfinite(v)))
    throw ValueError(std::string(function) + ": " + name + " " + to_string(Scalar(v)) + " must be above 0 and finite");
}

Array real_law(const Shape& shape, Law law, const RandomOptions& o, const char* name) {
  const DType type = o.dtype.value_or(DType::float64);
  if (!is_real_floating(type))
    throw DTypeError(std::string(name) + ": " + to_string(type) + " is not float32 or float64");
  RandomOptions typed = o;
  typed.dtype = type;
  return law_source(shape, DType::float64, std::move(law), typed);
}

/// Uniform in (0, 1): half a step stands for 0, where logarithms end.
Array inner_uniform(const Shape& shape, const RandomOptions& o) {
  const bool narrow = o.dtype == DType::float32;
  return maximum(uniform(shape, 0, 1, o), narrow ? 0x1p-25 : 0x1p-54);
}

Array located(const Array& x, Parameters& p, const Operand& loc, const Operand& scale) {
  return p.result(add(multiply(x, p.take("scale", scale, Range::not_negative)), p.take("loc", loc, Range::all)));
}

Operand inverse(const Operand& a) {
  if (const Scalar* s = a.scalar()) return 1 / s->as<double>();
  return divide(1.0, a);
}

RandomOptions wide(RandomOptions o) {
  o.dtype.reset();
  return o;
}

}  // namespace

Array standard_normal(const Shape& shape, const RandomOptions& o) { return normal(shape, 0, 1, o); }
Array standard_exponential(const Shape& shape, const RandomOptions& o) { return exponential(shape, 1, o); }

Array standard_gamma(const Shape& shape, double k, const RandomOptions& o) {
  if (k != 0) check_positive(k, "gamma", "the shape");
  return real_law(shape, GammaLaw{k}, o, "gamma");
}

Array gamma(const Shape& shape, double k, const Operand& scale, const RandomOptions& o) {
  Parameters p("gamma", shape, o);
  const Array drawn = standard_gamma(shape, k, o);
  return p.result(multiply(drawn, p.take("scale", scale, Range::not_negative)));
}

Array beta(const Shape& shape, double a, double b, const RandomOptions& o) {
  check_positive(a, "beta", "a"), check_positive(b, "beta", "b");
  return real_law(shape, BetaLaw{a, b}, o, "beta");
}

Array chisquare(const Shape& shape, double df, const RandomOptions& o) {
  check_positive(df, "chisquare", "df");
  return standard_gamma(shape, df / 2, o) * 2.0;
}

Array noncentral_chisquare(const Shape& shape, double df, double nonc, const RandomOptions& o) {
  check_positive(df, "noncentral_chisquare", "df");
  if (!(nonc >= 0 && std::isfinite(nonc)))
    throw ValueError("noncentral_chisquare: nonc " + to_string(Scalar(nonc)) + " must be 0 or more and finite");
  return real_law(shape, NoncentralLaw{df, nonc}, o, "noncentral_chisquare");
}

Array f_distribution(const Shape& shape, double dfnum, double dfden, const RandomOptions& o) {
  check_positive(dfnum, "f", "dfnum"), check_positive(dfden, "f", "dfden");
  return (standard_gamma(shape, dfnum / 2, o) * dfden) / (standard_gamma(shape, dfden / 2, draw(o, 1)) * dfnum);
}

Array noncentral_f(const Shape& shape, double dfnum, double dfden, double nonc, const RandomOptions& o) {
  check_positive(dfden, "noncentral_f", "dfden");
  const Array above = noncentral_chisquare(shape, dfnum, nonc, o), below = chisquare(shape, dfden, draw(o, 2));
  return (above * dfden) / (below * dfnum);
}

Array standard_t(const Shape& shape, double df, const RandomOptions& o) {
  check_positive(df, "standard_t", "df");
  return standard_normal(shape, o) / sqrt(standard_gamma(shape, df / 2, draw(o, 1)) * (2 / df));
}

Array vonmises(const Shape& shape, double mu, double kappa, const RandomOptions& o) {
  if (!std::isfinite(mu)) throw ValueError("vonmises: mu " + to_string(Scalar(mu)) + " is not finite");
  if (!(kappa >= 0 && std::isfinite(kappa)))
    throw ValueError("vonmises: kappa " + to_string(Scalar(kappa)) + " must be 0 or more and finite");
  const Array angle = real_law(shape, VonMisesLaw{kappa}, o, "vonmises");
  return mu == 0 ? angle : remainder(angle + (mu + pi), 2 * pi) - pi;
}

Array dirichlet(const Shape& shape, const std::vector<double>& alpha, const RandomOptions& o) {
  if (alpha.empty()) throw ValueError("dirichlet: alpha is empty");
  std::vector<Array> parts;
  for (std::size_t k = 0; k < alpha.size(); k++) {
    check_positive(alpha[k], "dirichlet", "alpha");
    parts.push_back(standard_gamma(shape, alpha[k], draw(o, k)));
  }
  const Array all = stack(parts, -1);
  return all / sum(all, {.axis = {-1}, .keepdims = true});
}

Array laplace(const Shape& shape, const Operand& loc, const Operand& scale, const RandomOptions& o) {
  Parameters p("laplace", shape, o);
  const Array u = inner_uniform(shape, o);
  const Array x = where(u < 0.5, log(u * 2.0), -log(maximum((1.0 - u) * 2.0, 0x1p-53)));
  return located(x, p, loc, scale);
}

Array logistic(const Shape& shape, const Operand& loc, const Operand& scale, const RandomOptions& o) {
  Parameters p("logistic", shape, o);
  const Array u = inner_uniform(shape, o);
  return located(log(u / (1.0 - u)), p, loc, scale);
}

Array gumbel(const Shape& shape, const Operand& loc, const Operand& scale, const RandomOptions& o) {
  Parameters p("gumbel", shape, o);
  return located(-log(-log1p(-inner_uniform(shape, o))), p, loc, scale);
}

Array rayleigh(const Shape& shape, const Operand& scale, const RandomOptions& o) {
  Parameters p("rayleigh", shape, o);
  return p.result(multiply(sqrt(standard_exponential(shape, o) * 2.0), p.take("scale", scale, Range::not_negative)));
}

Array standard_cauchy(const Shape& shape, const RandomOptions& o) { return tan((uniform(shape, 0, 1, o) - 0.5) * pi); }

Array weibull(const Shape& shape, const Operand& a, const RandomOptions& o) {
  Parameters p("weibull", shape, o);
  return p.result(pow(standard_exponential(shape, o), inverse(p.take("a", a, Range::positive))));
}

Array pareto(const Shape& shape, const Operand& a, const RandomOptions& o) {
  Parameters p("pareto", shape, o);
  return p.result(expm1(divide(standard_exponential(shape, o), p.take("a", a, Range::positive))));
}

Array power_distribution(const Shape& shape, const Operand& a, const RandomOptions& o) {
  Parameters p("power", shape, o);
  return p.result(pow(1.0 - uniform(shape, 0, 1, o), inverse(p.take("a", a, Range::positive))));
}

Array triangular(const Shape& shape, const Operand& left, const Operand& mode, const Operand& right,
                 const RandomOptions& o) {
  Parameters p("triangular", shape, o);
  const Operand l = p.take("left", left, Range::all), m = p.take("mode", mode, Range::all),
                r = p.take("right", right, Range::all);
  p.require(l, m, false, "mode is below left"), p.require(m, r, false, "mode is above right");
  p.require(l, r, true, "left and right are the same");
  const Array u = uniform(shape, 0, 1, o), none = u * 0.0;  // of the shape and dtype: numbers alone have neither
  const Array base = add(none, subtract(add(none, r), l)), rising = subtract(add(none, m), l),
              falling = subtract(add(none, r), m);
  return p.result(where(less_equal(u * base, rising), add(sqrt(u * base * rising), l),
                        subtract(r, sqrt((1.0 - u) * base * falling))));
}

// Michael, Schucany and Haas 1976: of two roots the one that a uniform number takes.
Array wald(const Shape& shape, const Operand& mean, const Operand& scale, const RandomOptions& o) {
  Parameters p("wald", shape, o);
  const Operand m = p.take("mean", mean, Range::positive), s = p.take("scale", scale, Range::positive);
  const Array y = multiply(square(standard_normal(shape, o)), m);
  // The smaller root, m * (1 + t - sqrt(t (t + 2))) with t = y / (2 s), without the difference, which would lose all digits.
  const Array t = divide(y, s) * 0.5, x = divide(m, 1.0 + t + sqrt(t * (t + 2.0)));
  const Array u = uniform(shape, 0, 1, draw(o, 1));
  return p.result(where(less_equal(multiply(u, add(x, m)), m), x, multiply(m, divide(m, x))));
}

Array geometric(const Shape& shape, const Operand& probability, const RandomOptions& o) {
  check_integer(o, "geometric");
  Parameters p("geometric", shape, wide(o));
  const Operand q = p.take("p", probability, Range::positive);
  p.require(q, Operand(1.0), false, "p is above 1");
  const Array none = uniform(shape, 0, 1, wide(o)) * 0.0;
  const Array trials = ceil(standard_exponential(shape, wide(o)) / -log1p(-add(none, q)));
  return p.counts(clip(trials, Operand(1.0), Operand(0x1p63 - 1024)), o);
}

// Kemp, "Efficient generation of logarithmically distributed pseudo-random variables" (1981).
Array logseries(const Shape& shape, const Operand& probability, const RandomOptions& o) {
  check_integer(o, "logseries");
  Parameters p("logseries", shape, wide(o));
  const Operand r = p.take("p", probability, Range::not_negative);
  p.require(r, Operand(1.0), true, "p must be below 1");
  const Array u = uniform(shape, 0, 1, draw(wide(o), 1)), v = 1.0 - uniform(shape, 0, 1, wide(o));
  const Array q = -expm1(log1p(-add(u * 0.0, r)) * u);
  const Array large = floor(1.0 + log(v) / log(q));
  const Array drawn = where(greater_equal(v, r), 1.0, where(v <= square(q), large, where(v >= q, 1.0, 2.0)));
  return p.counts(clip(drawn, Operand(1.0), Operand(0x1p63 - 1024)), o);
}

Array negative_binomial(const Shape& shape, double n, double p, const RandomOptions& o) {
  check_integer(o, "negative_binomial");
  check_positive(n, "negative_binomial", "n");
  if (!(p > 0 && p <= 1))
    throw ValueError("negative_binomial: p " + to_string(Scalar(p)) + " must be above 0 and at most 1");
  if (!(n * ((1 - p) / p) < 0x1p53)) throw ValueError("negative_binomial: numbers around n (1 - p) / p are too large");
  return law_source(shape, DType::int64, NegativeBinomialLaw{n, p}, o);
}

Array hypergeometric(const Shape& shape, std::int64_t ngood, std::int64_t nbad, std::int64_t nsample,
                     const RandomOptions& o) {
  check_integer(o, "hypergeometric");
  constexpr std::int64_t most = 1'000'000'000;
  for (const auto& [name, n] : {std::pair{"ngood", ngood}, {"nbad", nbad}, {"nsample", nsample}})
    if (n < 0 || n > most)
      throw ValueError(std::string("hypergeometric: ") + name + " " + std::to_string(n) + " must be from 0 to 10^9");
  if (ngood + nbad > most) throw ValueError("hypergeometric: ngood + nbad is above 10^9");
  if (nsample > ngood + nbad)
    throw ValueError("hypergeometric: a sample of " + std::to_string(nsample) + " of " + std::to_string(ngood + nbad));
  return law_source(shape, DType::int64, HypergeometricLaw{ngood, nbad, nsample}, o);
}

Array zipf(const Shape& shape, double a, const RandomOptions& o) {
  check_integer(o, "zipf");
  if (!(a > 1 && std::isfinite(a))) throw ValueError("zipf: a " + to_string(Scalar(a)) + " must be above 1 and finite");
  return law_source(shape, DType::int64, ZipfLaw{a}, o);
}

}  // namespace tessera
