#pragma once
// Random arrays: Philox4x32-10 keyed by (seed, stream). An element depends on its index in the array and nothing else:
// not on chunks, ranks, threads or the processor. Two calls with one seed and different streams are independent; with
// one stream, functions share draws. throws ValueError for parameters outside their range, DTypeError for a dtype that
// a function does not make.
#include <concepts>

#include <tessera/core/array.hpp>

namespace tessera {

struct RandomOptions {
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;
  /// Unless given: float64, or int64 of what is an integer. Real numbers are drawn as float32 or float64.
  std::optional<DType> dtype{};
  Dims chunks{};
};
/// Uniform in [low, high); throws ValueError when high is below low, or too far from it.
TESSERA_API Array uniform(const Shape& shape, double low = 0, double high = 1, const RandomOptions& options = {});
/// Uniform in [0, 1): NumPy's name.
inline Array random(const Shape& shape, const RandomOptions& options = {}) { return uniform(shape, 0, 1, options); }
/// Normal with mean `loc` and standard deviation `scale`.
TESSERA_API Array normal(const Shape& shape, double loc = 0, double scale = 1, const RandomOptions& options = {});
/// Exponential with mean `scale`: -scale * log1p(-u) of the uniform stream.
TESSERA_API Array exponential(const Shape& shape, double scale = 1, const RandomOptions& options = {});
/// exp of normal(mean, sigma).
TESSERA_API Array lognormal(const Shape& shape, double mean = 0, double sigma = 1, const RandomOptions& options = {});

/// Integers in [low, high), or [low, high] with `endpoint`, each as likely as any other. Any integer dtype, or bool.
/// Bounds that are arrays (see below) take other draws than numbers do: the 53 bits of a uniform number, so that they
/// are at most 2^53 apart and each integer is as likely as another to one part in 2^53 over their number.
TESSERA_API Array integers(const Shape& shape, const Operand& low, const Operand& high,
                           const RandomOptions& options = {}, bool endpoint = false);
/// Poisson with mean `lam`.
TESSERA_API Array poisson(const Shape& shape, double lam = 1, const RandomOptions& options = {});
/// Successes of n trials (up to 2^53) of probability p.
TESSERA_API Array binomial(const Shape& shape, std::int64_t n, double p, const RandomOptions& options = {});
/// Numbers below n, with replacement; number k with probability p[k], all alike when p is empty.
TESSERA_API Array choice(const Shape& shape, std::int64_t n, const std::vector<double>& p = {},
                         const RandomOptions& options = {});
/// The same of the numbers in `a`; dtype: the one that holds them all.
TESSERA_API Array choice(const Shape& shape, const std::vector<Scalar>& a, const std::vector<double>& p = {},
                         const RandomOptions& options = {});

// Parameters of arrays, broadcast to `shape`, or weak numbers. throws ShapeError where they don't broadcast to it. What
// is refused in a number can't be in an array, which nobody has read yet: there the element is NaN, an integer `low`.
TESSERA_API Array uniform(const Shape& shape, const Operand& low, const Operand& high,
                          const RandomOptions& options = {});
TESSERA_API Array normal(const Shape& shape, const Operand& loc, const Operand& scale,
                         const RandomOptions& options = {});
TESSERA_API Array exponential(const Shape& shape, const Operand& scale, const RandomOptions& options = {});
TESSERA_API Array lognormal(const Shape& shape, const Operand& mean, const Operand& sigma,
                            const RandomOptions& options = {});
/// Slices of `a` along axis 0, in the shape `shape` + those of a slice: elements of a 1-d one. Of few elements each is
/// compared with every draw; others are taken (a gather). throws ShapeError when `a` has no axis.
TESSERA_API Array choice(const Shape& shape, const Array& a, const std::vector<double>& p = {},
                         const RandomOptions& options = {});

/// Numbers below n, or slices of `a`, as likely as the elements of p, a 1-d real array, which need not sum to 1. Nobody looks
/// whether they are negative. Every rank gets a copy of their cumulative sums. throws ShapeError, DTypeError.
TESSERA_API Array weighted_choice(const Shape& shape, std::int64_t n, const Array& p,
                                  const RandomOptions& options = {});
TESSERA_API Array weighted_choice(const Shape& shape, const Array& a, const Array& p,
                                  const RandomOptions& options = {});
/// The same under the name of all of them: templates, so that `{}` stands for no probabilities.
template <class From, std::same_as<Array> P>
Array choice(const Shape& shape, const From& n_or_a, const P& p, const RandomOptions& options = {}) {
  return weighted_choice(shape, n_or_a, p, options);
}

}  // namespace tessera
