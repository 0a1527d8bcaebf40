#pragma once
// Samplers: laws of random numbers (kernel/law.hpp) on this processor. What rejects a draw takes the next from
// sub-streams of the element's own, so that nobody else's numbers shift. Only correctly rounded arithmetic and SLEEF's
// deterministic functions: the same numbers on every processor.
#include <memory>

#include <tessera/core/cpu/random.hpp>
#include <tessera/core/kernel/law.hpp>

namespace tessera::cpu {

class TESSERA_API Sampler {
 public:
  virtual ~Sampler();
  /// Elements first ... first + count - 1 of the stream.
  virtual void draw(RandomKey key, std::uint64_t first, std::int64_t count, void* out) const = 0;
};
using SamplerPtr = std::unique_ptr<const Sampler>;

/// Cheap: some constants of the law. It refers to the law, which must outlive it.
TESSERA_API SamplerPtr sampler(const Law& law);

/// Lemire, "Fast random integer generation in an interval" (2019), on 32-bit draws while span < 2^32, else on 64-bit
/// ones.
SamplerPtr sampler_of(const IntegersLaw& law);
/// A number below n, or a uniform number among cumulative probabilities.
SamplerPtr sampler_of(const ChoiceLaw& law);
/// Inversion for lam < 10; else PTRS (Hörmann, "The transformed rejection method for generating Poisson random
/// variables", 1993).
SamplerPtr sampler_of(const PoissonLaw& law);
/// Inversion where n * min(p, 1 - p) < 10; else BTRS (Hörmann, "The generation of binomial random variates", 1993).
SamplerPtr sampler_of(const BinomialLaw& law);
/// Marsaglia and Tsang, "A simple method for generating gamma variables" (2000); below shape 1 that of shape + 1, times
/// u^(1 / shape).
SamplerPtr sampler_of(const GammaLaw& law);
/// x / (x + y) of two gamma numbers, by their logarithms, so that small parameters leave something.
SamplerPtr sampler_of(const BetaLaw& law);
/// Twice a gamma number, to whose shape a Poisson number of mean nonc / 2 adds.
SamplerPtr sampler_of(const NoncentralLaw& law);
/// Best and Fisher, "Efficient simulation of the von Mises distribution" (1979).
SamplerPtr sampler_of(const VonMisesLaw& law);
/// Poisson numbers whose means are gamma numbers.
SamplerPtr sampler_of(const NegativeBinomialLaw& law);
/// One by one for samples below 10; else HRUA* (Stadlober, "The ratio of uniforms approach for generating discrete random
/// variates", 1990).
SamplerPtr sampler_of(const HypergeometricLaw& law);
/// Devroye, "Non-uniform random variate generation" (1986), chapter 10.6.
SamplerPtr sampler_of(const ZipfLaw& law);

}  // namespace tessera::cpu
