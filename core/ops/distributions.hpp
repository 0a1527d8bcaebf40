#pragma once
// The other distributions of NumPy's Generator, under its names. What is drawn depends on seed, stream and index alone, as
// in random.hpp; the numbers are not NumPy's for a seed. Lazy.
//
// Parameters that are Operands may be arrays, broadcast to `shape`; where an element of one is outside its range, the
// result is NaN (0 of integers). Other parameters are numbers: their laws are drawn element by element by rejection.
// throws ValueError for a number outside its range, ShapeError where an array does not broadcast to `shape`, DTypeError
// for a dtype that is not float32 or float64 (of integers: no integer).
#include <tessera/core/ops/random.hpp>

namespace tessera {

TESSERA_API Array standard_normal(const Shape& shape, const RandomOptions& options = {});
TESSERA_API Array standard_exponential(const Shape& shape, const RandomOptions& options = {});
/// k >= 0: NumPy's `shape`. The mean is k (times scale, >= 0).
TESSERA_API Array standard_gamma(const Shape& shape, double k, const RandomOptions& options = {});
TESSERA_API Array gamma(const Shape& shape, double k, const Operand& scale = 1, const RandomOptions& options = {});
/// a, b > 0.
TESSERA_API Array beta(const Shape& shape, double a, double b, const RandomOptions& options = {});
/// df > 0 degrees of freedom; nonc >= 0.
TESSERA_API Array chisquare(const Shape& shape, double df, const RandomOptions& options = {});
TESSERA_API Array noncentral_chisquare(const Shape& shape, double df, double nonc, const RandomOptions& options = {});
/// NumPy's `f`.
TESSERA_API Array f_distribution(const Shape& shape, double dfnum, double dfden, const RandomOptions& options = {});
TESSERA_API Array noncentral_f(const Shape& shape, double dfnum, double dfden, double nonc,
                               const RandomOptions& options = {});
TESSERA_API Array standard_t(const Shape& shape, double df, const RandomOptions& options = {});
/// An angle in [-pi, pi] around mu. kappa >= 0.
TESSERA_API Array vonmises(const Shape& shape, double mu, double kappa, const RandomOptions& options = {});
/// A vector of probabilities for each element of `shape`, along the last axis. alpha: > 0, at least one.
TESSERA_API Array dirichlet(const Shape& shape, const std::vector<double>& alpha, const RandomOptions& options = {});

// scale >= 0.
TESSERA_API Array laplace(const Shape& shape, const Operand& loc = 0, const Operand& scale = 1,
                          const RandomOptions& options = {});
TESSERA_API Array logistic(const Shape& shape, const Operand& loc = 0, const Operand& scale = 1,
                           const RandomOptions& options = {});
TESSERA_API Array gumbel(const Shape& shape, const Operand& loc = 0, const Operand& scale = 1,
                         const RandomOptions& options = {});
TESSERA_API Array rayleigh(const Shape& shape, const Operand& scale = 1, const RandomOptions& options = {});
TESSERA_API Array standard_cauchy(const Shape& shape, const RandomOptions& options = {});
// a > 0.
TESSERA_API Array weibull(const Shape& shape, const Operand& a, const RandomOptions& options = {});
TESSERA_API Array pareto(const Shape& shape, const Operand& a, const RandomOptions& options = {});
/// NumPy's random `power`, whose name is that of x ** y here.
TESSERA_API Array power_distribution(const Shape& shape, const Operand& a, const RandomOptions& options = {});
/// left <= mode <= right, left < right.
TESSERA_API Array triangular(const Shape& shape, const Operand& left, const Operand& mode, const Operand& right,
                             const RandomOptions& options = {});
/// mean > 0, scale > 0: the inverse Gaussian law.
TESSERA_API Array wald(const Shape& shape, const Operand& mean, const Operand& scale,
                       const RandomOptions& options = {});

// int64.
/// Trials up to the first success, 0 < p <= 1.
TESSERA_API Array geometric(const Shape& shape, const Operand& p, const RandomOptions& options = {});
/// 0 <= p < 1 (p = 0: all are 1).
TESSERA_API Array logseries(const Shape& shape, const Operand& p, const RandomOptions& options = {});
/// Failures before the n-th success. n > 0, also with a fraction; 0 < p <= 1, n (1 - p) / p < 2^53.
TESSERA_API Array negative_binomial(const Shape& shape, double n, double p, const RandomOptions& options = {});
/// Good ones among nsample of ngood + nbad (up to 10^9), without replacement.
TESSERA_API Array hypergeometric(const Shape& shape, std::int64_t ngood, std::int64_t nbad, std::int64_t nsample,
                                 const RandomOptions& options = {});
/// a > 1; numbers beyond 2^63 are drawn again.
TESSERA_API Array zipf(const Shape& shape, double a, const RandomOptions& options = {});

}  // namespace tessera
