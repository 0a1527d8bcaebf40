#include <tessera/core/ops/filter_kernels.hpp>

#include <algorithm>
#include <cfloat>
#include <cmath>

namespace tessera {

std::vector<Stencil::Term> terms_along(const std::vector<double>& weights) {
  const int n = static_cast<int>(weights.size()), middle = n / 2;
  const auto weight = [&](int k) { return weights[static_cast<std::size_t>(k)]; };
  const auto mirrored = [&](double sign) {
    if (n % 2 == 0) return false;
    for (int k = 1; k <= middle; k++)
      if (std::abs(weight(middle + k) - sign * weight(middle - k)) > DBL_EPSILON) return false;
    return true;
  };
  const bool symmetric = mirrored(1), antisymmetric = !symmetric && mirrored(-1);
  std::vector<Stencil::Term> terms;
  if (symmetric || antisymmetric) {
    terms.push_back({weight(middle), middle});
    for (int k = 0; k < middle; k++) terms.push_back({weight(k), k, n - 1 - k, antisymmetric});
    return terms;
  }
  terms.push_back({weight(n - 1), n - 1});
  for (int k = 0; k < n - 1; k++) terms.push_back({weight(k), k});
  return terms;
}

std::vector<double> gaussian_weights(double sigma, int order, int radius) {
  const double sigma2 = sigma * sigma;
  std::vector<double> weights;
  double sum = 0;
  for (int x = -radius; x <= radius; x++) {
    weights.push_back(std::exp(-0.5 / sigma2 * (x * x)));
    sum += weights.back();
  }
  // A derivative is the Gaussian times a polynomial q: (q e)' = (q' - q x / sigma^2) e.
  std::vector<double> q{1};
  for (int k = 0; k < order; k++) {
    std::vector<double> next(q.size() + 1);
    for (std::size_t p = 0; p < q.size(); p++) {
      if (p > 0) next[p - 1] += static_cast<double>(p) * q[p];
      next[p + 1] -= q[p] / sigma2;
    }
    q = std::move(next);
  }
  for (int x = -radius; x <= radius; x++) {
    double factor = 0;
    for (std::size_t p = q.size(); p-- > 0;) factor = factor * x + q[p];
    double& w = weights[static_cast<std::size_t>(x + radius)];
    w = factor * (w / sum);
  }
  std::reverse(weights.begin(), weights.end());
  return weights;
}

}  // namespace tessera
