#pragma once
// Laws of random numbers that are drawn element by element, as values: what is drawn, not how. An element depends on
// the law, the key and its index, nothing else. A device makes a sampler of a law (core/cpu/sampler.hpp).
#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include <tessera/core/dtype.hpp>
#include <tessera/core/key.hpp>
#include <tessera/core/scalar.hpp>

namespace tessera {

/// low ... low + span (inclusive), each as likely as any other.
struct IntegersLaw {
  DType type;  ///< bool or an integer that holds all of them
  std::int64_t low;
  std::uint64_t span;
};
/// int64. lam: finite, 0 or more, below 2^63 - 10 * 2^31.5.
struct PoissonLaw {
  double lam;
};
/// int64. 0 <= n <= 2^53, 0 <= p <= 1.
struct BinomialLaw {
  std::int64_t n;
  double p;
};
/// One of n elements of a dtype, or where there are none a number below n as int64.
struct ChoiceLaw {
  std::int64_t n;
  std::int64_t item;              ///< bytes of an element
  std::vector<std::byte> values;  ///< n elements, or none
  std::vector<double> below;      ///< cumulative probabilities, the last is 1; none: all alike
};
/// float64, of scale 1. shape: finite, 0 (then all are 0) or 1e-300 or more.
struct GammaLaw {
  double shape;
};
/// float64. a, b: finite, 1e-300 or more.
struct BetaLaw {
  double a, b;
};
/// float64: chi-square of df degrees of freedom, nonc away from the middle. df: finite, 1e-300 or more; nonc: finite, 0 or more.
struct NoncentralLaw {
  double df, nonc;
};
/// float64: an angle around 0, in [-pi, pi]. kappa: finite, 0 or more.
struct VonMisesLaw {
  double kappa;
};
/// int64: failures before the n-th success. n > 0; 0 < p <= 1; n * (1 - p) / p < 2^53.
struct NegativeBinomialLaw {
  double n, p;
};
/// int64: good ones among `sample` of good + bad, which are at most 10^9.
struct HypergeometricLaw {
  std::int64_t good, bad, sample;
};
/// int64. a > 1.
struct ZipfLaw {
  double a;
};
using Law = std::variant<IntegersLaw, PoissonLaw, BinomialLaw, ChoiceLaw, GammaLaw, BetaLaw, NoncentralLaw, VonMisesLaw,
                         NegativeBinomialLaw, HypergeometricLaw, ZipfLaw>;

/// A choice among `values`, as `type`, or numbers below n. `weights`: as likely as these, n of them, not negative,
/// their sum not 0; empty: all alike.
TESSERA_API ChoiceLaw choice_law(DType type, std::int64_t n, const std::vector<Scalar>& values,
                                 const std::vector<double>& weights);

/// Adds which law it is.
TESSERA_API void add(Key& key, const Law& law);

}  // namespace tessera
