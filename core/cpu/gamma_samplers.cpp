// Gamma numbers and what is made of them, element by element.
#include <algorithm>
#include <cmath>

#include <tessera/core/cpu/philox.hpp>
#include <tessera/core/cpu/sampler.hpp>
#include <tessera/core/cpu/sampler_math.hpp>

namespace tessera::cpu {
namespace {

// Marsaglia and Tsang's cube of a stretched normal number, d * (1 + x / sqrt(9 d))^3, is accepted 19 times of 20.
class GammaDraw {
 public:
  explicit GammaDraw(double shape)
      : shape_(shape), d_((shape < 1 ? shape + 1 : shape) - 1.0 / 3), c_(1 / std::sqrt(9 * d_)) {}

  double operator()(RandomKey key, std::uint64_t element) const {
    const Cube drawn = cube(key, element);
    if (shape_ >= 1) return d_ * drawn.v;
    return d_ * drawn.v * exact_exp(exact_log(drawn.boost) / shape_);
  }
  /// The logarithm, also of what is too small for a number.
  double log(RandomKey key, std::uint64_t element) const {
    const Cube drawn = cube(key, element);
    return exact_log(d_ * drawn.v) + (shape_ < 1 ? exact_log(drawn.boost) / shape_ : 0);
  }

 private:
  struct Cube {
    double v, boost;  // boost: uniform in (0, 1]
  };
  // An attempt is two calls of Philox: a normal number (Box and Muller), then whether it is taken.
  Cube cube(RandomKey key, std::uint64_t element) const {
    for (std::uint64_t attempt = 0;; attempt += 2) {
      const PhiloxWords first = philox(attempt_key(key, attempt), element),
                        second = philox(attempt_key(key, attempt + 1), element);
      const double x = std::sqrt(-2 * exact_log1p(-to_unit(low_word(first)))) *
                       exact_cos_pi(2 * to_unit(high_word(first))),
                   root = 1 + c_ * x;
      if (root <= 0) continue;
      const double v = root * root * root, u = 1 - to_unit(low_word(second)), square = x * x;
      if (u < 1 - 0.0331 * square * square || exact_log(u) < 0.5 * square + d_ * (1 - v + exact_log(v)))
        return {v, 1 - to_unit(high_word(second))};
    }
  }
  double shape_, d_, c_;
};

class GammaSampler final : public Sampler {
 public:
  explicit GammaSampler(double shape) : is_zero_(shape == 0), gamma_(shape) {}
  void draw(RandomKey key, std::uint64_t first, std::int64_t count, void* to) const override {
    auto* out = static_cast<double*>(to);
    for (std::int64_t i = 0; i < count; i++) out[i] = is_zero_ ? 0 : gamma_(key, first + static_cast<std::uint64_t>(i));
  }

 private:
  bool is_zero_;
  GammaDraw gamma_;
};

class BetaSampler final : public Sampler {
 public:
  BetaSampler(double a, double b) : x_(a), y_(b) {}
  void draw(RandomKey key, std::uint64_t first, std::int64_t count, void* to) const override {
    auto* out = static_cast<double*>(to);
    const RandomKey other = draw_key(key, 1);
    for (std::int64_t i = 0; i < count; i++) {
      const std::uint64_t element = first + static_cast<std::uint64_t>(i);
      out[i] = 1 / (1 + exact_exp(y_.log(other, element) - x_.log(key, element)));
    }
  }

 private:
  GammaDraw x_, y_;
};

std::int64_t poisson_number(double mean, RandomKey key, std::uint64_t element) {
  std::int64_t k = 0;
  const PoissonLaw law{std::min(mean, 0x1p62)};
  sampler_of(law)->draw(key, element, 1, &k);
  return k;
}

class NoncentralSampler final : public Sampler {
 public:
  explicit NoncentralSampler(const NoncentralLaw& law) : law_(law) {}
  void draw(RandomKey key, std::uint64_t first, std::int64_t count, void* to) const override {
    auto* out = static_cast<double*>(to);
    const RandomKey other = draw_key(key, 1);
    for (std::int64_t i = 0; i < count; i++) {
      const std::uint64_t element = first + static_cast<std::uint64_t>(i);
      const auto k = static_cast<double>(poisson_number(law_.nonc / 2, other, element));
      out[i] = 2 * GammaDraw(law_.df / 2 + k)(key, element);
    }
  }

 private:
  NoncentralLaw law_;
};

class NegativeBinomialSampler final : public Sampler {
 public:
  NegativeBinomialSampler(double n, double p) : gamma_(n), odds_((1 - p) / p) {}
  void draw(RandomKey key, std::uint64_t first, std::int64_t count, void* to) const override {
    auto* out = static_cast<std::int64_t*>(to);
    const RandomKey other = draw_key(key, 1);
    for (std::int64_t i = 0; i < count; i++) {
      const std::uint64_t element = first + static_cast<std::uint64_t>(i);
      out[i] = poisson_number(gamma_(key, element) * odds_, other, element);
    }
  }

 private:
  GammaDraw gamma_;
  double odds_;
};

}  // namespace

SamplerPtr sampler_of(const GammaLaw& law) { return std::make_unique<GammaSampler>(law.shape); }
SamplerPtr sampler_of(const BetaLaw& law) { return std::make_unique<BetaSampler>(law.a, law.b); }
SamplerPtr sampler_of(const NoncentralLaw& law) { return std::make_unique<NoncentralSampler>(law); }
SamplerPtr sampler_of(const NegativeBinomialLaw& law) {
  return std::make_unique<NegativeBinomialSampler>(law.n, law.p);
}

}  // namespace tessera::cpu
