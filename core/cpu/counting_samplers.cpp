// Poisson and binomial numbers. Small means by inversion: the probabilities are summed until they pass a uniform
// number. Larger ones by Hörmann's transformed rejection: k = floor((2a / us + b) u + c) under a hat, which the exact
// probability accepts; most draws fall inside a squeeze and take neither logarithm nor probability. Probabilities by
// Loader ("Fast and accurate computation of binomial probabilities", 2000), which cancels nothing, whatever the mean.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <tessera/core/cpu/philox.hpp>
#include <tessera/core/cpu/sampler.hpp>
#include <tessera/core/cpu/sampler_math.hpp>

namespace tessera::cpu {
namespace {

constexpr double inversion_mean = 10;   // means below it are drawn by inversion
constexpr std::int64_t block = 512;     // uniforms at a time
constexpr double negligible = 0x1p-60;  // far below the distance of two uniforms

double log(double x) { return exact_log(x); }
double log1p(double x) { return exact_log1p(x); }
double exp(double x) { return exact_exp(x); }

// x log(x / mean) + mean - x, x > 0.
double deviance(double x, double mean) {
  if (std::abs(x - mean) >= 0.1 * (x + mean)) return x * log(x / mean) + mean - x;
  const double v = (x - mean) / (x + mean), square = v * v;
  double sum = (x - mean) * v, term = 2 * x * v;
  for (int j = 1;; j++) {
    term *= square;
    const double next = sum + term / (2 * j + 1);
    if (next == sum) return sum;
    sum = next;
  }
}

double log_poisson(double k, double lam) {
  if (k == 0) return -lam;
  return -stirling_error(k) - deviance(k, lam) - 0.5 * log(2 * std::numbers::pi * k);
}

double log_binomial(double k, double n, double p, double q) {
  if (k == 0) return n * log1p(-p);
  if (k == n) return n * log(p);
  return stirling_error(n) - stirling_error(k) - stirling_error(n - k) - deviance(k, n * p) - deviance(n - k, n * q) +
         0.5 * log(n / (2 * std::numbers::pi * k * (n - k)));
}

/// Hörmann's hat: the constants of one law.
struct Hat {
  double a, b, c, squeeze, alpha;
};

/// Draws under the hat until accepted(k, w) takes one: w is uniform under the hat at k, as a multiple of the
/// probability at which alpha is counted.
template <class F>
double under_hat(const Hat& hat, RandomKey key, std::uint64_t element, double most, F&& accepted) {
  for (std::uint64_t attempt = 0;; attempt++) {
    const PhiloxWords words = philox(attempt_key(key, attempt), element);
    const double u = to_unit(low_word(words)) - 0.5, v = to_unit(high_word(words)), us = 0.5 - std::abs(u);
    const double k = std::floor((2 * hat.a / us + hat.b) * u + hat.c);
    if (us >= 0.07 && v <= hat.squeeze) return k;
    if (!(k >= 0 && k <= most)) continue;
    if (accepted(k, v * hat.alpha / (hat.a / (us * us) + hat.b))) return k;
  }
}

/// invert(u, out) for the uniforms of the elements.
template <class F>
void by_inversion(RandomKey key, std::uint64_t first, std::int64_t count, std::int64_t* out, F&& invert) {
  double u[block];
  for (std::int64_t done = 0; done < count; done += block) {
    const std::int64_t n = std::min(count - done, block);
    uniform(DType::float64, key, first + static_cast<std::uint64_t>(done), n, u);
    for (std::int64_t i = 0; i < n; i++) out[done + i] = invert(u[i]);
  }
}

class PoissonSampler final : public Sampler {
 public:
  explicit PoissonSampler(double lam) : lam_(lam) {
    const double b = 0.931 + 2.53 * std::sqrt(lam);
    hat_ = {-0.059 + 0.02483 * b, b, lam + 0.43, 0.9277 - 3.6224 / (b - 2), 1.1239 + 1.1328 / (b - 3.4)};
  }
  void draw(RandomKey key, std::uint64_t first, std::int64_t count, void* to) const override {
    auto* out = static_cast<std::int64_t*>(to);
    if (lam_ < inversion_mean) {
      const double none = exp(-lam_);
      by_inversion(key, first, count, out, [&](double u) {
        std::int64_t k = 0;
        for (double p = none; u >= p && !(p<negligible&& static_cast<double>(k)> lam_);) {
          u -= p;
          p *= lam_ / static_cast<double>(++k);
        }
        return k;
      });
      return;
    }
    for (std::int64_t i = 0; i < count; i++)
      out[i] = static_cast<std::int64_t>(under_hat(hat_, key, first + static_cast<std::uint64_t>(i), 0x1p63 - 1024,
                                                   [&](double k, double w) { return log(w) <= log_poisson(k, lam_); }));
  }

 private:
  double lam_;
  Hat hat_;
};

class BinomialSampler final : public Sampler {
 public:
  BinomialSampler(std::int64_t n, double p)
      : n_(static_cast<double>(n)), mirrored_(p > 0.5), p_(mirrored_ ? 1 - p : p), q_(mirrored_ ? p : 1 - p) {
    const double spread = std::sqrt(n_ * p_ * q_), b = 1.15 + 2.53 * spread;
    hat_ = {-0.0873 + 0.0248 * b + 0.01 * p_, b, n_ * p_ + 0.5, 0.92 - 4.2 / b, (2.83 + 5.1 / b) * spread};
    if (n_ * p_ >= inversion_mean) log_mode_ = log_binomial(std::floor((n_ + 1) * p_), n_, p_, q_);
  }
  void draw(RandomKey key, std::uint64_t first, std::int64_t count, void* to) const override {
    auto* out = static_cast<std::int64_t*>(to);
    if (n_ * p_ < inversion_mean) {
      const double none = exp(n_ * log1p(-p_)), odds = p_ / q_;
      by_inversion(key, first, count, out, [&](double u) {
        double k = 0;
        for (double p = none; k < n_ && u >= p && !(p < negligible && k > n_ * p_);) {
          u -= p;
          k++;
          p *= (n_ - k + 1) / k * odds;
        }
        return result(k);
      });
      return;
    }
    for (std::int64_t i = 0; i < count; i++)
      out[i] = result(under_hat(hat_, key, first + static_cast<std::uint64_t>(i), n_,
                                [&](double k, double w) { return log(w) <= log_binomial(k, n_, p_, q_) - log_mode_; }));
  }

 private:
  std::int64_t result(double k) const { return static_cast<std::int64_t>(mirrored_ ? n_ - k : k); }
  double n_;
  bool mirrored_;
  double p_, q_;  // p <= q
  Hat hat_;
  double log_mode_ = 0;
};

}  // namespace

SamplerPtr sampler_of(const PoissonLaw& law) { return std::make_unique<PoissonSampler>(law.lam); }
SamplerPtr sampler_of(const BinomialLaw& law) { return std::make_unique<BinomialSampler>(law.n, law.p); }

}  // namespace tessera::cpu
