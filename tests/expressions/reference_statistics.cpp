// The reference's interpolation, covariances and lines of least squares: textbook formulas, in long double.
#include <cmath>

#include "reference.hpp"

namespace tessera::reference {
namespace {

double value(const Array& x, const Number& n) { return is_float(x.type) ? n.re : static_cast<double>(n.i); }

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
