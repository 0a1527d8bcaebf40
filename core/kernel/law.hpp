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
using Law = std::variant<IntegersLaw, PoissonLaw, BinomialLaw, ChoiceLaw>;

/// A choice among `values`, as `type`, or numbers below n. `weights`: as likely as these, n of them, not negative,
/// their sum not 0; empty: all alike.
TESSERA_API ChoiceLaw choice_law(DType type, std::int64_t n, const std::vector<Scalar>& values,
                                 const std::vector<double>& weights);

/// Adds which law it is.
TESSERA_API void add(Key& key, const Law& law);

}  // namespace tessera
