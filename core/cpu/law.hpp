#pragma once
// Laws of random numbers that are drawn element by element: an element depends on the key and its index, nothing else.
// What rejects a draw takes the next from sub-streams of the element's own, so that nobody else's numbers shift. Only
// correctly rounded arithmetic and SLEEF's deterministic functions: the same numbers on every processor.
#include <memory>
#include <vector>

#include <tessera/core/cpu/random.hpp>
#include <tessera/core/scalar.hpp>

namespace tessera::cpu {

class TESSERA_API Law {
 public:
  virtual ~Law();
  /// Elements first ... first + count - 1 of the stream.
  virtual void draw(RandomKey key, std::uint64_t first, std::int64_t count, void* out) const = 0;
  /// Equal for equal laws.
  virtual std::uint64_t identity() const = 0;
};
using LawPtr = std::shared_ptr<const Law>;

/// low ... low + span (inclusive), each as likely as any other: Lemire, "Fast random integer generation in an interval"
/// (2019), on 32-bit draws while span < 2^32, else on 64-bit ones. `type`: bool or an integer that holds all of them.
TESSERA_API LawPtr integers_law(DType type, std::int64_t low, std::uint64_t span);
/// int64. Inversion for lam < 10; else PTRS (Hörmann, "The transformed rejection method for generating Poisson random
/// variables", 1993). lam: finite, 0 or more, below 2^63 - 10 * 2^31.5.
TESSERA_API LawPtr poisson_law(double lam);
/// int64. Inversion where n * min(p, 1 - p) < 10; else BTRS (Hörmann, "The generation of binomial random variates",
/// 1993). 0 <= n <= 2^53, 0 <= p <= 1.
TESSERA_API LawPtr binomial_law(std::int64_t n, double p);
/// An element of `values`, as `type`, or where there are none a number below n as int64. `weights`: as likely as these,
/// n of them, not negative, their sum not 0; empty: all alike.
TESSERA_API LawPtr choice_law(DType type, std::int64_t n, const std::vector<Scalar>& values,
                              const std::vector<double>& weights);

}  // namespace tessera::cpu
