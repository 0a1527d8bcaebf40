// Angles, samples without replacement and long tails, by rejection.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <tessera/core/cpu/philox.hpp>
#include <tessera/core/cpu/sampler.hpp>
#include <tessera/core/cpu/sampler_math.hpp>

namespace tessera::cpu {
namespace {

constexpr double pi = std::numbers::pi;

/// attempt(words, out) for each element until it gives something.
template <class T, class F>
void by_attempts(RandomKey key, std::uint64_t first, std::int64_t count, void* to, F&& attempt) {
  auto* out = static_cast<T*>(to);
  for (std::int64_t i = 0; i < count; i++)
    for (std::uint64_t k = 0;; k++) {
      const PhiloxWords words = philox(attempt_key(key, k), first + static_cast<std::uint64_t>(i));
      if (attempt(words, out[i])) break;
    }
}

// Any s > 1 gives the law; Best and Fisher's gives it with the fewest attempts.
class VonMisesSampler final : public Sampler {
 public:
  explicit VonMisesSampler(double kappa) : kappa_(kappa) {
    const double r = 1 + std::sqrt(1 + 4 * kappa * kappa), rho = (r - std::sqrt(2 * r)) / (2 * kappa);
    less_ = kappa < 1e-5  ? 1 / kappa  // what is rounded away would be all of it
            : kappa > 1e6 ? 1 / (2 * kappa)
                          : (1 - rho) * (1 - rho) / (2 * rho);
  }
  void draw(RandomKey key, std::uint64_t first, std::int64_t count, void* to) const override {
    by_attempts<double>(key, first, count, to, [&](const PhiloxWords& words, double& out) {
      const double u = to_unit(low_word(words)), v = 1 - to_unit(high_word(words));
      if (kappa_ < 1e-8) {
        out = pi * (2 * u - 1);
        return true;
      }
      // 1 - cos(angle): where a large kappa has all angles, the cosine itself would have lost the digits.
      const double z = exact_cos_pi(u), away = less_ * (1 - z) / (1 + less_ + z), y = kappa_ * (less_ + away);
      if (y * (2 - y) - v < 0 && exact_log(y / v) + 1 - y < 0) return false;
      const double angle = 2 * exact_asin(std::min(1.0, std::sqrt(away / 2)));
      out = words[0] & 1u ? angle : -angle;  // a bit that is no part of u
      return true;
    });
  }

 private:
  double kappa_, less_;  // less_: s - 1
};

class HypergeometricSampler final : public Sampler {
 public:
  explicit HypergeometricSampler(const HypergeometricLaw& law)
      : law_(law),
        fewer_(std::min(law.good, law.bad)),
        all_(law.good + law.bad),
        m_(std::min(law.sample, all_ - law.sample)) {
    const auto fewer = static_cast<double>(fewer_), all = static_cast<double>(all_), m = static_cast<double>(m_);
    if (m_ < few) return;
    const double share = fewer / all;
    middle_ = m * share + 0.5;
    const double spread = std::sqrt((all - m) * m * share * (1 - share) / (all - 1) + 0.5);
    width_ = 1.7155277699214135 * spread + 0.8989161620588988;  // 2 sqrt(2 / e), 3 - 2 sqrt(3 / e)
    at_mode_ = log_ways(std::floor((m + 1) * (fewer + 1) / (all + 2)));
    end_ = std::min(std::min(m, fewer) + 1, std::floor(middle_ + 16 * spread));
  }
  void draw(RandomKey key, std::uint64_t first, std::int64_t count, void* to) const override {
    if (m_ < few) {
      auto* out = static_cast<std::int64_t*>(to);
      for (std::int64_t i = 0; i < count; i++) out[i] = result(one_by_one(key, first + static_cast<std::uint64_t>(i)));
      return;
    }
    by_attempts<std::int64_t>(key, first, count, to, [&](const PhiloxWords& words, std::int64_t& out) {
      const double x = 1 - to_unit(low_word(words)), y = to_unit(high_word(words));
      const double w = middle_ + width_ * (y - 0.5) / x;
      if (!(w >= 0 && w < end_)) return false;
      const double k = std::floor(w), t = at_mode_ - log_ways(k);
      if (x * (4 - x) - 3 > t && (x * (x - t) >= 1 || 2 * exact_log(x) > t)) return false;
      out = result(static_cast<std::int64_t>(k));
      return true;
    });
  }

 private:
  static constexpr std::int64_t few = 10;
  // The logarithm of 1 / probability of k of the fewer ones, but for a constant.
  double log_ways(double k) const {
    const auto fewer = static_cast<double>(fewer_), more = static_cast<double>(all_ - fewer_),
               m = static_cast<double>(m_);
    return log_factorial(k) + log_factorial(fewer - k) + log_factorial(m - k) + log_factorial(more - m + k);
  }
  std::int64_t one_by_one(RandomKey key, std::uint64_t element) const {
    std::int64_t left = fewer_;
    for (std::int64_t k = 0; k < m_; k++) {
      const double u = to_unit(low_word(philox(attempt_key(key, static_cast<std::uint64_t>(k)), element)));
      left -= u * static_cast<double>(all_ - k) < static_cast<double>(left);
    }
    return fewer_ - left;
  }
  // Of k of the fewer ones among m: the good ones of `sample`.
  std::int64_t result(std::int64_t k) const {
    const std::int64_t good = law_.good > law_.bad ? m_ - k : k;
    return m_ < law_.sample ? law_.good - good : good;
  }
  HypergeometricLaw law_;
  std::int64_t fewer_, all_, m_;
  double middle_ = 0, width_ = 0, at_mode_ = 0, end_ = 0;
};

class ZipfSampler final : public Sampler {
 public:
  explicit ZipfSampler(double a) : less_(a - 1), b_(exact_exp(less_ * std::numbers::ln2)) {}
  void draw(RandomKey key, std::uint64_t first, std::int64_t count, void* to) const override {
    by_attempts<std::int64_t>(key, first, count, to, [&](const PhiloxWords& words, std::int64_t& out) {
      const double u = 1 - to_unit(low_word(words)), v = to_unit(high_word(words));
      const double x = std::floor(exact_exp(-exact_log(u) / less_));
      if (!(x >= 1 && x < 0x1p63)) return false;
      const double t = exact_exp(less_ * exact_log1p(1 / x));
      if (v * x * (t - 1) / (b_ - 1) > t / b_) return false;
      out = static_cast<std::int64_t>(x);
      return true;
    });
  }

 private:
  double less_, b_;  // a - 1, 2^(a - 1)
};

}  // namespace

SamplerPtr sampler_of(const VonMisesLaw& law) { return std::make_unique<VonMisesSampler>(law.kappa); }
SamplerPtr sampler_of(const HypergeometricLaw& law) { return std::make_unique<HypergeometricSampler>(law); }
SamplerPtr sampler_of(const ZipfLaw& law) { return std::make_unique<ZipfSampler>(law.a); }

}  // namespace tessera::cpu
