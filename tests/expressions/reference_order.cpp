#include <algorithm>
#include <cmath>
#include <numeric>

#include "reference.hpp"

namespace tessera::reference {
namespace {

int compare(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return static_cast<int>(std::isnan(a)) - static_cast<int>(std::isnan(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

// Complex numbers with a NaN come last, by where it is, then by the part that is none.
int compare(Type t, const Number& a, const Number& b) {
  if (is_float(t)) return compare(a.re, b.re);
  if (!is_complex(t)) return a.i < b.i ? -1 : a.i > b.i ? 1 : 0;
  const auto place = [](const Number& n) { return 2 * std::isnan(n.re) + std::isnan(n.im); };
  if (place(a) != place(b)) return place(a) - place(b);
  const int of_re = compare(a.re, b.re);
  return of_re != 0 ? of_re : compare(a.im, b.im);
}

bool is_nan(const Number& n) { return std::isnan(n.re) || std::isnan(n.im); }

}  // namespace

Array sorted(const Array& x, int axis, bool descending, bool indices) {
  Array y = x;
  if (indices) y.type = Type::i8;
  const auto a = static_cast<std::size_t>(axis);
  std::int64_t step = 1;
  for (std::size_t i = a + 1; i < x.shape.size(); i++) step *= x.shape[i];
  const std::int64_t n = x.shape[a];
  for (std::int64_t first = 0; first < x.size(); first++) {
    if (first / step % n != 0) continue;
    std::vector<std::int64_t> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    const auto at = [&](std::int64_t i) { return static_cast<std::size_t>(first + i * step); };
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t i, std::int64_t j) {
      const int c = compare(x.type, x.elements[at(i)], x.elements[at(j)]);
      return descending ? c > 0 : c < 0;
    });
    for (std::int64_t i = 0; i < n; i++)
      y.elements[at(i)] =
          indices ? Number{order[static_cast<std::size_t>(i)]} : x.elements[at(order[static_cast<std::size_t>(i)])];
  }
  return y;
}

Array places(const Array& sorted, const Array& x, bool right) {
  Array y{Type::i8, x.shape, {}};
  for (const auto& n : x.elements) {
    __int128 before = 0;
    for (const auto& s : sorted.elements) {
      const int c = compare(x.type, s, n);
      before += c < 0 || (right && c == 0);
    }
    y.elements.push_back({before});
  }
  return y;
}

Different different_slices(const Array& x, int axis) {
  std::vector<int> order{axis}, back;
  for (int i = 0; i < static_cast<int>(x.shape.size()); i++) {
    if (i != axis) order.push_back(i);
    back.push_back(i == axis ? 0 : i < axis ? i + 1 : i);
  }
  const Array turned = permute(x, order);
  const std::int64_t n = turned.shape[0], columns = n == 0 ? 0 : turned.size() / n;
  const auto compare_rows = [&](std::int64_t i, std::int64_t j) {
    for (std::int64_t k = 0; k < columns; k++) {
      const Number& a = turned.elements[static_cast<std::size_t>(i * columns + k)];
      const Number& b = turned.elements[static_cast<std::size_t>(j * columns + k)];
      if (const int c = is_nan(a) && is_nan(b) ? 0 : compare(x.type, a, b)) return c;
    }
    return 0;
  };
  std::vector<std::int64_t> rows(static_cast<std::size_t>(n)), firsts;
  std::iota(rows.begin(), rows.end(), 0);
  std::stable_sort(rows.begin(), rows.end(), [&](std::int64_t i, std::int64_t j) { return compare_rows(i, j) < 0; });
  Different d{
      x, {Type::i8, {0}, {}}, {Type::i8, {n}, std::vector<Number>(static_cast<std::size_t>(n))}, {Type::i8, {0}, {}}};
  for (const auto row : rows) {
    if (firsts.empty() || compare_rows(firsts.back(), row) != 0) {
      firsts.push_back(row);
      d.index.elements.push_back({row}), d.counts.elements.push_back({});
      d.index.shape[0]++, d.counts.shape[0]++;
    }
    d.counts.elements.back().i++;
    d.inverse.elements[static_cast<std::size_t>(row)] = {static_cast<std::int64_t>(firsts.size()) - 1};
  }
  d.values = permute(take(turned, firsts), back);
  return d;
}

Different different(const Array& x) {
  const Array order = sorted(x, 0, false, true);
  Different d{{x.type, {0}, {}}, {Type::i8, {0}, {}}, {Type::i8, x.shape, x.elements}, {Type::i8, {0}, {}}};
  for (const auto& place : order.elements) {
    const auto at = static_cast<std::size_t>(place.i);
    const Number& n = x.elements[at];
    const bool same = !d.values.elements.empty() && (compare(x.type, d.values.elements.back(), n) == 0 ||
                                                     (is_nan(d.values.elements.back()) && is_nan(n)));
    if (!same) {
      d.values.elements.push_back(n), d.index.elements.push_back(place), d.counts.elements.push_back({});
      d.values.shape[0]++, d.index.shape[0]++, d.counts.shape[0]++;
    }
    d.counts.elements.back().i++;
    d.inverse.elements[at] = {d.values.shape[0] - 1};
  }
  return d;
}

}  // namespace tessera::reference
