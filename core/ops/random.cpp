#include <tessera/core/ops/random.hpp>

#include <cmath>

#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/law_source.hpp>
#include <tessera/core/ops/probabilities.hpp>
#include <tessera/core/ops/random_parameters.hpp>

namespace tessera {
namespace {

Array real_source(const Shape& shape, RandomSource::Kind kind, const RandomOptions& o, const char* name) {
  const DType type = o.dtype.value_or(DType::float64);
  if (!is_real_floating(type))
    throw DTypeError(std::string(name) + ": " + to_string(type) + " is not float32 or float64");
  return source_array(shape, type, o.chunks, Generator(RandomSource{kind, {o.seed, o.stream}}));
}

void check_scale(double scale, const char* name, const char* parameter) {
  if (!(scale >= 0))
    throw ValueError(std::string(name) + ": " + parameter + " " + to_string(Scalar(scale)) + " is negative");
}

}  // namespace

Array law_source(const Shape& shape, DType drawn, Law law, const RandomOptions& o) {
  return astype(source_array(shape, drawn, o.chunks,
                             Generator(LawSource{{o.seed, o.stream}, std::make_shared<const Law>(std::move(law))})),
                o.dtype.value_or(drawn));
}

void check_integer(const RandomOptions& o, const char* name) {
  if (o.dtype && !is_integer(*o.dtype))
    throw DTypeError(std::string(name) + ": " + to_string(*o.dtype) + " is not an integer dtype; astype converts");
}

void check_probabilities(std::int64_t n, const std::vector<double>& p) {
  if (static_cast<std::int64_t>(p.size()) != n)
    throw ValueError("choice: " + std::to_string(p.size()) + " probabilities for " + std::to_string(n) + " numbers");
  double sum = 0;
  for (double v : p) {
    if (!(v >= 0)) throw ValueError("choice: the probability " + to_string(Scalar(v)) + " is negative");
    sum += v;
  }
  if (!(std::abs(sum - 1) <= 1.5e-8))  // NumPy's tolerance: the square root of an ulp
    throw ValueError("choice: the probabilities sum to " + to_string(Scalar(sum)) + ", not 1");
}

namespace {

void check_choice(std::int64_t n, const std::vector<double>& p) {
  if (n < 1) throw ValueError("choice: there is nothing to choose from");
  if (!p.empty()) check_probabilities(n, p);
}

}  // namespace

Array uniform(const Shape& shape, double low, double high, const RandomOptions& o) {
  if (!(high - low >= 0 && std::isfinite(high - low)))
    throw ValueError("uniform: there is no range from low " + to_string(Scalar(low)) + " to high " +
                     to_string(Scalar(high)));
  Array u = real_source(shape, RandomSource::Kind::uniform, o, "uniform");
  if (low == 0 && high == 1) return u;
  return u * (high - low) + low;
}

Array normal(const Shape& shape, double loc, double scale, const RandomOptions& o) {
  check_scale(scale, "normal", "scale");
  Array z = real_source(shape, RandomSource::Kind::normal, o, "normal");
  if (loc == 0 && scale == 1) return z;
  return z * scale + loc;
}

Array exponential(const Shape& shape, double scale, const RandomOptions& o) {
  check_scale(scale, "exponential", "scale");
  return log1p(-real_source(shape, RandomSource::Kind::uniform, o, "exponential")) * -scale;
}

Array lognormal(const Shape& shape, double mean, double sigma, const RandomOptions& o) {
  check_scale(sigma, "lognormal", "sigma");
  return exp(normal(shape, mean, sigma, o));
}

namespace {
Array integers_between(const Shape& shape, const Scalar& low, const Scalar& high, const RandomOptions& o,
                       bool endpoint) {
  const DType type = o.dtype.value_or(DType::int64);
  if (!is_integer(type) && type != DType::bool_)
    throw DTypeError("integers: " + to_string(type) + " is not an integer dtype; astype converts");
  const auto wide = [](const Scalar& s) -> __int128 {
    if (s.kind() > Kind::integer) throw DTypeError("integers: the bound " + to_string(s) + " is not an integer");
    return s.fits(DType::int64) ? __int128{s.as<std::int64_t>()} : __int128{s.as<std::uint64_t>()};
  };
  const __int128 first = wide(low), last = wide(high) - (endpoint ? 0 : 1);
  const std::string range = to_string(low) + " to " + to_string(high);
  if (last < first) throw ValueError("integers: there is none from " + range);
  const auto holds = [&](__int128 v) {
    if (type == DType::bool_) return v == 0 || v == 1;
    return v < 0 ? v >= std::numeric_limits<std::int64_t>::min() && Scalar(static_cast<std::int64_t>(v)).fits(type)
                 : v <= std::numeric_limits<std::uint64_t>::max() && Scalar(static_cast<std::uint64_t>(v)).fits(type);
  };
  if (!holds(first) || !holds(last)) throw ValueError("integers: " + range + " does not fit in " + to_string(type));
  return law_source(shape, type,
                    IntegersLaw{type, static_cast<std::int64_t>(first), static_cast<std::uint64_t>(last - first)}, o);
}
}  // namespace

Array integers(const Shape& shape, const Operand& low, const Operand& high, const RandomOptions& o, bool endpoint) {
  if (low.array() || high.array()) return integers_between_arrays(shape, low, high, o, endpoint);
  return integers_between(shape, *low.scalar(), *high.scalar(), o, endpoint);
}

Array poisson(const Shape& shape, double lam, const RandomOptions& o) {
  check_integer(o, "poisson");
  if (!(lam >= 0 && lam < 0x1p63 - 10 * 0x1.7p31))
    throw ValueError("poisson: lam " + to_string(Scalar(lam)) + " is not between 0 and 9.2e18");
  return law_source(shape, DType::int64, PoissonLaw{lam}, o);
}

Array binomial(const Shape& shape, std::int64_t n, double p, const RandomOptions& o) {
  check_integer(o, "binomial");
  if (n < 0 || n > std::int64_t{1} << 53)
    throw ValueError("binomial: n " + std::to_string(n) + " is not between 0 and 2^53");
  if (!(p >= 0 && p <= 1)) throw ValueError("binomial: p " + to_string(Scalar(p)) + " is not between 0 and 1");
  return law_source(shape, DType::int64, BinomialLaw{n, p}, o);
}

Array choice(const Shape& shape, std::int64_t n, const std::vector<double>& p, const RandomOptions& o) {
  check_choice(n, p);
  return law_source(shape, DType::int64, choice_law(DType::int64, n, {}, p), o);
}

Array choice(const Shape& shape, const std::vector<Scalar>& a, const std::vector<double>& p, const RandomOptions& o) {
  check_choice(static_cast<std::int64_t>(a.size()), p);
  DType type = a[0].default_dtype();
  for (const auto& v : a) type = promote(type, v.default_dtype());
  return law_source(shape, type, choice_law(type, static_cast<std::int64_t>(a.size()), a, p), o);
}

}  // namespace tessera
