#pragma once
// The weights of filters along one axis.
#include <vector>

#include <tessera/core/kernel/stencil.hpp>

namespace tessera {

/// What a correlation with these weights adds, tap k being the k-th of the window, in the order of scipy.ndimage's
/// NI_Correlate1D: of an odd number that is symmetric, or antisymmetric, the middle, then pairs from the outermost on; of
/// others the last, then from the first on.
std::vector<Stencil::Term> terms_along(const std::vector<double>& weights);
/// exp(-x^2 / (2 sigma^2)), or its derivative of that order, at whole x from -radius to radius, over the sum of the first
/// (scipy.ndimage's _gaussian_kernel1d), as correlations take them.
std::vector<double> gaussian_weights(double sigma, int order, int radius);

}  // namespace tessera
