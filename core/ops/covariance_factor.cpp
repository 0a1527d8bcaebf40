#include <tessera/core/ops/covariance_factor.hpp>

#include <algorithm>
#include <cmath>

#include <tessera/core/errors.hpp>

namespace tessera {
namespace {

class SquareMatrix {
 public:
  SquareMatrix(std::vector<double> elements, std::int64_t n)
      : elements_(std::move(elements)), n_(static_cast<std::size_t>(n)) {}
  double& operator()(std::size_t i, std::size_t j) { return elements_[i * n_ + j]; }
  double operator()(std::size_t i, std::size_t j) const { return elements_[i * n_ + j]; }
  std::size_t size() const { return n_; }
  std::vector<double>& elements() { return elements_; }

 private:
  std::vector<double> elements_;
  std::size_t n_;
};

[[noreturn]] void refuse_covariance(const char* what) {
  throw ValueError(std::string("multivariate_normal: the covariance is not ") + what);
}

bool is_symmetric(const SquareMatrix& a, double tol) {
  for (std::size_t i = 0; i < a.size(); i++)
    for (std::size_t j = 0; j < i; j++)
      if (!(std::abs(a(i, j) - a(j, i)) <= tol + tol * std::abs(a(j, i)))) return false;
  return true;
}

void mirror_lower(SquareMatrix& a) {
  for (std::size_t i = 0; i < a.size(); i++)
    for (std::size_t j = 0; j < i; j++) a(j, i) = a(i, j);
}

// Turns axes p and q so that a(p, q) becomes 0; the rows of v turn with them.
void rotate_axes(SquareMatrix& a, SquareMatrix& v, std::size_t p, std::size_t q) {
  if (a(p, q) == 0) return;
  const double cotangent = (a(q, q) - a(p, p)) / (2 * a(p, q));  // of twice the angle
  const double t = (cotangent < 0 ? -1 : 1) / (std::abs(cotangent) + std::sqrt(cotangent * cotangent + 1));
  const double c = 1 / std::sqrt(t * t + 1), s = t * c;
  const auto turn = [&](double& x, double& y) {
    const double before = x;
    x = c * x - s * y, y = s * before + c * y;
  };
  for (std::size_t k = 0; k < a.size(); k++) turn(a(k, p), a(k, q));
  for (std::size_t k = 0; k < a.size(); k++) turn(a(p, k), a(q, k)), turn(v(p, k), v(q, k));
}

// Diagonal: the eigenvalues, those of the rows of v.
void diagonalize(SquareMatrix& a, SquareMatrix& v) {
  constexpr int most_sweeps = 60;  // it takes about ten
  for (int sweep = 0; sweep < most_sweeps; sweep++) {
    double beside = 0, all = 0;
    for (std::size_t i = 0; i < a.size(); i++)
      for (std::size_t j = 0; j < a.size(); j++) {
        all += a(i, j) * a(i, j);
        if (i != j) beside += a(i, j) * a(i, j);
      }
    if (beside <= 1e-34 * all) return;
    for (std::size_t p = 0; p < a.size(); p++)
      for (std::size_t q = p + 1; q < a.size(); q++) rotate_axes(a, v, p, q);
  }
}

// What NumPy asks of a covariance: with "eigh" that no eigenvalue is below -tol, with "svd" that it is what its singular
// values, which are not negative, make.
bool is_semidefinite(const SquareMatrix& cov, const SquareMatrix& values, const SquareMatrix& vectors,
                     const MultivariateNormalOptions& how) {
  const std::size_t n = cov.size();
  std::vector<std::size_t> negative;
  for (std::size_t k = 0; k < n; k++)
    if (values(k, k) < 0) negative.push_back(k);
  if (how.method == "eigh")
    return std::all_of(negative.begin(), negative.end(), [&](std::size_t k) { return values(k, k) >= -how.tol; });
  if (negative.empty()) return true;
  for (std::size_t i = 0; i < n; i++)
    for (std::size_t j = 0; j < n; j++) {
      double apart = 0;
      for (const std::size_t k : negative) apart -= 2 * values(k, k) * vectors(k, i) * vectors(k, j);
      if (!(std::abs(apart) <= how.tol + how.tol * std::abs(cov(i, j)))) return false;
    }
  return true;
}

SquareMatrix by_eigenvectors(const SquareMatrix& cov, const MultivariateNormalOptions& how) {
  const std::size_t n = cov.size();
  SquareMatrix values = cov, vectors(std::vector<double>(n * n), static_cast<std::int64_t>(n));
  for (std::size_t i = 0; i < n; i++) vectors(i, i) = 1;
  diagonalize(values, vectors);
  if (how.check_valid != "ignore" && !is_semidefinite(cov, values, vectors, how))
    refuse_covariance("symmetric positive semidefinite");
  SquareMatrix factor = vectors;
  for (std::size_t i = 0; i < n; i++)
    for (std::size_t k = 0; k < n; k++) factor(i, k) = vectors(k, i) * std::sqrt(std::abs(values(k, k)));
  return factor;
}

SquareMatrix by_cholesky(const SquareMatrix& cov) {
  const std::size_t n = cov.size();
  SquareMatrix l(std::vector<double>(n * n), static_cast<std::int64_t>(n));
  for (std::size_t i = 0; i < n; i++)
    for (std::size_t j = 0; j <= i; j++) {
      double rest = cov(i, j);
      for (std::size_t k = 0; k < j; k++) rest -= l(i, k) * l(j, k);
      if (i == j && !(rest > 0))
        refuse_covariance("positive definite; the methods \"svd\" and \"eigh\" take semidefinite ones");
      l(i, j) = i == j ? std::sqrt(rest) : rest / l(j, j);
    }
  return l;
}

}  // namespace

std::vector<double> covariance_factor(std::vector<double> cov, std::int64_t n, const MultivariateNormalOptions& how) {
  if (!std::all_of(cov.begin(), cov.end(), [](double v) { return std::isfinite(v); })) refuse_covariance("finite");
  SquareMatrix a(std::move(cov), n);
  if (how.check_valid != "ignore" && !is_symmetric(a, how.tol)) refuse_covariance("symmetric");
  mirror_lower(a);
  SquareMatrix factor = how.method == "cholesky" ? by_cholesky(a) : by_eigenvectors(a, how);
  return std::move(factor.elements());
}

}  // namespace tessera
