// The reference's interpolation, covariances and lines of least squares: textbook formulas, in long double.
#include <cmath>

#include "reference.hpp"

namespace tessera::reference {
namespace {

double value(const Array& x, const Number& n) { return is_float(x.type) ? n.re : static_cast<double>(n.i); }

// The solution of a small system a s = b, by elimination with the largest pivots.
std::vector<long double> solved(std::vector<std::vector<long double>> a, std::vector<long double> b) {
  const std::size_t n = b.size();
  for (std::size_t k = 0; k < n; k++) {
    std::size_t p = k;
    for (std::size_t i = k; i < n; i++)
      if (std::fabs(a[i][k]) > std::fabs(a[p][k])) p = i;
    std::swap(a[k], a[p]), std::swap(b[k], b[p]);
    for (std::size_t i = 0; i < n; i++) {
      if (i == k) continue;
      const long double times = a[i][k] / a[k][k];
      for (std::size_t j = k; j < n; j++) a[i][j] -= times * a[k][j];
      b[i] -= times * b[k];
    }
  }
  for (std::size_t k = 0; k < n; k++) b[k] /= a[k][k];
  return b;
}

}  // namespace

double interpolated(double x, const std::vector<double>& xp, const std::vector<double>& fp) {
  if (std::isnan(x)) return x;
  if (x <= xp.front()) return fp.front();
  for (std::size_t k = 1; k < xp.size(); k++)
    if (x <= xp[k]) return fp[k - 1] + (fp[k] - fp[k - 1]) * (x - xp[k - 1]) / (xp[k] - xp[k - 1]);
  return fp.back();
}

Array covariance(const Array& x, double divisor) {
  const std::int64_t rows = x.shape[0], n = x.shape[1];
  const auto mean = [&](std::int64_t i) {
    long double sum = 0;
    for (std::int64_t k = 0; k < n; k++) sum += value(x, x.at({i, k}));
    return sum / static_cast<long double>(n);
  };
  Array r{Type::f8, {rows, rows}, {}};
  for_each(r.shape, [&](const std::vector<std::int64_t>& at) {
    long double sum = 0;
    const long double a = mean(at[0]), b = mean(at[1]);
    for (std::int64_t k = 0; k < n; k++) sum += (value(x, x.at({at[0], k})) - a) * (value(x, x.at({at[1], k})) - b);
    r.elements.push_back({0, static_cast<double>(sum / static_cast<long double>(divisor)), 0});
  });
  return r;
}

Array fitted(const std::vector<double>& x, const Array& y, int degree, const std::vector<double>& w) {
  const auto powers = static_cast<std::size_t>(degree) + 1, n = x.size();
  const auto power = [&](std::size_t i, std::size_t k) {
    return std::pow(static_cast<long double>(x[i]), static_cast<long double>(powers - 1 - k));
  };
  std::vector<std::vector<long double>> a(powers, std::vector<long double>(powers));
  for (std::size_t k = 0; k < powers; k++)
    for (std::size_t l = 0; l < powers; l++)
      for (std::size_t i = 0; i < n; i++) a[k][l] += w[i] * w[i] * power(i, k) * power(i, l);
  const std::size_t columns = n == 0 ? 0 : y.elements.size() / n;
  Array r{is_complex(y.type) ? Type::c16 : Type::f8, y.shape, {}};
  r.shape[0] = static_cast<std::int64_t>(powers);
  r.elements.resize(powers * columns);
  for (std::size_t c = 0; c < columns; c++)
    for (const bool imaginary : {false, true}) {
      std::vector<long double> b(powers);
      for (std::size_t k = 0; k < powers; k++)
        for (std::size_t i = 0; i < n; i++) {
          const Number& e = y.elements[i * columns + c];
          b[k] += w[i] * w[i] * power(i, k) * (imaginary ? e.im : is_complex(y.type) ? e.re : value(y, e));
        }
      b = solved(a, b);
      for (std::size_t k = 0; k < powers; k++)
        (imaginary ? r.elements[k * columns + c].im : r.elements[k * columns + c].re) = static_cast<double>(b[k]);
    }
  return r;
}

Array detrended(const Array& x, int axis, bool linear) {
  const auto a = static_cast<std::size_t>(axis);
  const std::int64_t n = x.shape[a];
  Array r{x.type == Type::f4 ? Type::f4 : Type::f8, x.shape, {}};
  for_each(x.shape, [&](const std::vector<std::int64_t>& index) {
    std::vector<std::int64_t> at = index;
    long double mean = 0, along = 0, squares = 0;
    for (at[a] = 0; at[a] < n; at[a]++) {
      const long double t = static_cast<long double>(at[a]) - static_cast<long double>(n - 1) / 2;
      mean += value(x, x.at(at)) / static_cast<long double>(n);
      along += t * value(x, x.at(at));
      squares += t * t;
    }
    const long double t = static_cast<long double>(index[a]) - static_cast<long double>(n - 1) / 2;
    const long double slope = linear && n > 1 ? along / squares : 0;
    r.elements.push_back(stored(r.type, {0, static_cast<double>(value(x, x.at(index)) - mean - slope * t), 0}));
  });
  return r;
}

}  // namespace tessera::reference
