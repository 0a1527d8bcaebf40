#pragma once
// Private to ops: what a covariance is made of.
#include <cstdint>
#include <vector>

#include <tessera/core/ops/multivariate.hpp>

namespace tessera {

/// F, row-major n x n, with F F^T = cov, which is row-major, too. throws ValueError as multivariate_normal does.
std::vector<double> covariance_factor(std::vector<double> cov, std::int64_t n, const MultivariateNormalOptions& how);

}  // namespace tessera
