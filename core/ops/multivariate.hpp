#pragma once
// The laws of NumPy's Generator that draw rows, whose elements depend on one another: a row along the last axis for each
// index of `shape`. They are functions of rows (gufunc.hpp): a chunk has whole rows, `chunks` cuts the axes of `shape`.
// Elements depend on seed, stream and index alone, as in random.hpp; the numbers are not NumPy's for a seed. Lazy.
#include <string>

#include <tessera/core/ops/random.hpp>

namespace tessera {

/// How often each of some outcomes came up in n draws, outcome k with probability pvals[k]. As NumPy has it, the last one has
/// what the others leave of 1.
/// returns: `shape` + (length of pvals), int64 or the integers asked for.
/// throws ValueError for n below 0 or above 2^53, no pvals, one outside [0, 1], others than the last that sum to more than
/// 1 + 10^-12; DTypeError for a dtype that is no integer.
TESSERA_API Array multinomial(const Shape& shape, std::int64_t n, const std::vector<double>& pvals,
                              const RandomOptions& options = {});
/// The same of arrays: n and the axes of pvals before its last broadcast to `shape`. throws besides ShapeError where they
/// don't, DTypeError for n that are no integers and complex pvals; ValueErrors for elements come with the evaluation.
TESSERA_API Array multinomial(const Shape& shape, const Operand& n, const Array& pvals,
                              const RandomOptions& options = {});

/// How many of each color are among nsample that are taken, without being put back, from colors[0] + colors[1] + ...
/// method: "marginals" (a chain of hypergeometric numbers; at most 10^9 in all) or "count" (one after the other, up to
/// 2^53 in all, in time that grows with the sample, or what it leaves, times the colors).
/// returns: `shape` + (number of colors), int64 or the integers asked for.
/// throws ValueError for no colors, a number below 0, more in all than the method takes, a sample of more than all, another
/// method; DTypeError for a dtype that is no integer.
TESSERA_API Array multivariate_hypergeometric(const Shape& shape, const std::vector<std::int64_t>& colors,
                                              std::int64_t nsample, const std::string& method = "marginals",
                                              const RandomOptions& options = {});

struct MultivariateNormalOptions {
  /// How the covariance is taken apart: "svd" and "eigh" alike by Jacobi's rotations (Golub, Van Loan, "Matrix computations",
  /// 8.5), which take singular ones; "cholesky", much faster, only positive definite ones.
  std::string method = "svd";
  /// "raise" or "ignore". NumPy's "warn" is not taken: what is evaluated later can't warn.
  std::string check_valid = "raise";
  /// How far the covariance may be from a symmetric positive semidefinite one, relative and absolute.
  double tol = 1e-8;
};
/// mean + F z of standard normal z, where F F^T is the covariance. In float64, in an order of its own, so that bits do not
/// depend on chunks; F is made once, on one rank.
/// mean: (n), cov: (n, n), real. returns: `shape` + (n), float64 or float32.
/// throws ShapeError for other shapes; DTypeError for complex parameters, and another dtype asked for; ValueError for n = 0,
/// another method or check_valid, a tol below 0; when it is evaluated ValueError for elements that are not finite, and where
/// cov is not symmetric positive semidefinite ("cholesky": definite, even with "ignore").
TESSERA_API Array multivariate_normal(const Shape& shape, const Array& mean, const Array& cov,
                                      const MultivariateNormalOptions& how = {}, const RandomOptions& options = {});

}  // namespace tessera
