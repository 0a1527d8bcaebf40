#include "eigenvectors.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace pca {
namespace {

struct Matrix {
  std::vector<double> elements;
  std::size_t n;
  double& operator()(std::size_t i, std::size_t j) { return elements[i * n + j]; }
};

// Turns rows p and q, so that a(p, q) becomes 0; v collects the turns in its rows.
void rotate(Matrix& a, Matrix& v, std::size_t p, std::size_t q) {
  if (a(p, q) == 0) return;
  const double theta = (a(q, q) - a(p, p)) / (2 * a(p, q));
  const double t = (theta < 0 ? -1 : 1) / (std::abs(theta) + std::hypot(theta, 1.0));
  const double c = 1 / std::hypot(t, 1.0), s = t * c;
  const auto turn = [&](double& x, double& y) {
    const double before = x;
    x = c * x - s * y, y = s * before + c * y;
  };
  for (std::size_t k = 0; k < a.n; k++) turn(a(k, p), a(k, q));
  for (std::size_t k = 0; k < a.n; k++) turn(a(p, k), a(q, k)), turn(v(p, k), v(q, k));
}

double off_diagonal(Matrix& a) {
  double sum = 0;
  for (std::size_t i = 0; i < a.n; i++)
    for (std::size_t j = i + 1; j < a.n; j++) sum += a(i, j) * a(i, j);
  return sum;
}

}  // namespace

Eigenvectors eigenvectors(std::vector<double> elements, std::int64_t length) {
  const auto n = static_cast<std::size_t>(length);
  Matrix a{std::move(elements), n}, v{std::vector<double>(n * n), n};
  double all = 0;
  for (std::size_t i = 0; i < n; i++) {
    v(i, i) = 1;
    for (std::size_t j = 0; j < i; j++) a(i, j) = a(j, i);
  }
  for (const double x : a.elements) all += x * x;
  for (int sweep = 0; sweep < 50 && off_diagonal(a) > 1e-32 * all; sweep++)
    for (std::size_t p = 0; p < n; p++)
      for (std::size_t q = p + 1; q < n; q++) rotate(a, v, p, q);
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return a(i, i) > a(j, j); });
  Eigenvectors result;
  for (const std::size_t i : order) {
    result.values.push_back(a(i, i));
    const double* row = &v(i, 0);
    const double* longest =
        std::max_element(row, row + n, [](double x, double y) { return std::abs(x) < std::abs(y); });
    for (std::size_t k = 0; k < n; k++) result.vectors.push_back(*longest < 0 ? -row[k] : row[k]);
  }
  return result;
}

}  // namespace pca
