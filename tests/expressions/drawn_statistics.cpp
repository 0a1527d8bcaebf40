// Interpolation, covariances, trends: of what is exact before, within bounds of rounding.
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>

#include "drawn.hpp"

namespace tessera::testing {
namespace {

using reference::Type;

bool is_real_and_small(const Drawn& x) {
  return x.exact && !reference::is_complex(x.expected.type) && magnitude(x.expected) < 1e4;
}

Array points(const std::vector<double>& values) {
  return from_values({static_cast<std::int64_t>(values.size())}, values);
}

std::string listed(const std::vector<double>& values) {
  std::string text;
  for (const double v : values) text += " " + std::to_string(v);
  return text;
}

}  // namespace

// Points at even distances of a power of two, so that slopes are exact.
bool Drawer::interpolating() {
  const Drawn x = any();
  if (!is_real_and_small(x)) return false;
  std::vector<double> xp, fp;
  double at = below(40) - 30;
  const double step = 1 << below(4);
  for (int n = 1 + below(6); n > 0; n--) xp.push_back(at += step), fp.push_back(below(41) - 20);
  reference::Array y{Type::f8, x.expected.shape, {}};
  for (const auto& n : x.expected.elements) {
    const double v = reference::is_float(x.expected.type) ? n.re : static_cast<double>(n.i);
    y.elements.push_back({0, reference::interpolated(v, xp, fp), 0});
  }
  keep(interp(x.array, points(xp), points(fp)), y, "interp(" + label(x) + "," + listed(xp) + ";" + listed(fp) + ")",
       {&x}, true, 0);
  return true;
}

// Through few points near 0, so that coefficients are no more sensitive than elements.
bool Drawer::fitting() {
  const Drawn y = any();
  if (!y.exact || !is_finite(y.expected) || magnitude(y.expected) > 1e4 || y.expected.shape.empty()) return false;
  const auto n = static_cast<int>(y.expected.shape[0]);
  if (n == 0 || n > 13) return false;
  std::vector<double> x, w;
  for (int k = 0; k < n; k++)  // all different, in any order
    x.insert(x.begin() + below(k + 1), (k - n / 2) / 2.0), w.push_back(1 + below(3));
  const int degree = below(std::min(n, 4));
  const bool weighted = below(2) == 0;
  if (!weighted) w.assign(w.size(), 1);
  const reference::Array c = reference::fitted(x, y.expected, degree, w);
  keep(polyfit(points(x), y.array, degree, weighted ? std::optional(points(w)) : std::nullopt), c,
       "polyfit(" + listed(x) + "; " + label(y) + ", " + std::to_string(degree) + (weighted ? "; " + listed(w) : "") +
           ")",
       {&y}, false, 1e-11 * magnitude(y.expected));
  return true;
}

bool Drawer::covariances() {
  const Drawn x = any();
  if (!is_real_and_small(x) || !is_finite(x.expected) || x.expected.shape.empty() || x.expected.shape.size() > 2)
    return false;
  const bool line = x.expected.shape.size() == 1, rowvar = line || below(2) == 0;
  reference::Array m = line ? reference::expand(x.expected, 0) : x.expected;
  if (!rowvar) m = reference::permute(m, {1, 0});
  const std::int64_t n = m.shape[1], ddof = below(2);
  if (m.shape[0] == 0 || n <= ddof) return false;
  reference::Array y = reference::covariance(m, static_cast<double>(n - ddof));
  const double error = 64 * unit(Type::f8) * magnitude(m) * magnitude(m) * static_cast<double>(n);
  const std::string text = "(" + label(x) + (rowvar ? "" : ", rowvar=False") + ", ddof=" + std::to_string(ddof) + ")";
  if (below(2)) {
    if (y.size() == 1) y.shape.clear();
    keep(cov(x.array, {}, {.rowvar = rowvar, .ddof = static_cast<double>(ddof)}), y, "cov" + text, {&x}, false, error);
    return true;
  }
  const reference::Array variances = y;
  for (std::int64_t i = 0; i < m.shape[0]; i++)
    if (variances.at({i, i}).re < 1e-2) return false;  // varies hardly: the quotient is anything
  std::size_t k = 0;
  reference::for_each(y.shape, [&](const std::vector<std::int64_t>& at) {
    const double scale = std::sqrt(variances.at({at[0], at[0]}).re) * std::sqrt(variances.at({at[1], at[1]}).re);
    y.elements[k].re = std::clamp(y.elements[k].re / scale, -1.0, 1.0), k++;
  });
  if (y.size() == 1) y.shape.clear();
  keep(corrcoef(x.array, {}, rowvar), y, "corrcoef" + text, {&x}, false, 400 * error);
  return true;
}

bool Drawer::detrending() {
  const Drawn x = any();
  if (!is_real_and_small(x) || !is_finite(x.expected) || x.expected.shape.empty()) return false;
  const int axis = below(static_cast<int>(x.expected.shape.size()));
  const std::int64_t n = x.expected.shape[static_cast<std::size_t>(axis)];
  const bool linear = n > 1 && below(2) == 0;
  if (n == 0) return false;
  const reference::Array y = reference::detrended(x.expected, axis, linear);
  keep(detrend(x.array, {.axis = axis, .type = linear ? "linear" : "constant"}), y,
       "detrend(" + label(x) + ", axis " + std::to_string(axis) + (linear ? ", linear)" : ", constant)"), {&x}, false,
       64 * unit(y.type) * magnitude(x.expected) * static_cast<double>(n));
  return true;
}

}  // namespace tessera::testing
