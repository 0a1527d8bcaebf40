#pragma once
// Eigenvalues of a small symmetric matrix, by Jacobi's rotations (Golub and Van Loan, Matrix Computations, 8.5).
#include <cstdint>
#include <vector>

namespace pca {

struct Eigenvectors {
  std::vector<double> values;   ///< the largest first
  std::vector<double> vectors;  ///< (n, n), row i belongs to value i; its entry of the largest modulus is positive
};
/// a: (n, n), row-major, of which the upper triangle counts. In about n^3 steps a sweep, of which there are some ten.
Eigenvectors eigenvectors(std::vector<double> a, std::int64_t n);

}  // namespace pca
