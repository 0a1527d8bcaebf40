#include <algorithm>
#include <cmath>

#include "reference.hpp"

namespace tessera::reference {
namespace {

// Which element stands at `i` of n; -1: none. Walks to the edges and back, one step at a time.
std::int64_t standing(const std::string& mode, std::int64_t i, std::int64_t n) {
  if (mode == "wrap") return ((i % n) + n) % n;
  while (i < 0 || i >= n) {
    if (mode == "constant") return -1;
    if (mode == "nearest" || (mode == "mirror" && n == 1)) return i < 0 ? 0 : n - 1;
    const std::int64_t edge = mode == "mirror" ? 0 : 1;
    i = i < 0 ? -i - edge : 2 * n - 2 + edge - i;
  }
  return i;
}

}  // namespace

Array filtered(const Array& x, int axis, const std::vector<std::int64_t>& taps,
               const std::vector<std::int64_t>& weights, const std::string& mode) {
  Array y = x;
  const auto a = static_cast<std::size_t>(axis);
  std::int64_t k = 0;
  for_each(x.shape, [&](const std::vector<std::int64_t>& index) {
    double sum = 0;
    for (std::size_t t = 0; t < taps.size(); t++) {
      std::vector<std::int64_t> at = index;
      at[a] = standing(mode, index[a] + taps[t], x.shape[a]);
      const double tap = at[a] < 0 ? 0 : is_float(x.type) ? x.at(at).re : static_cast<double>(x.at(at).i);
      sum += static_cast<double>(weights[t]) * tap;
    }
    Number n;
    if (is_float(x.type))
      n.re = sum;
    else
      n.i = static_cast<__int128>(sum);
    y.elements[static_cast<std::size_t>(k++)] = stored(x.type, n);
  });
  return y;
}

Array windowed(const Array& x, const std::vector<std::vector<std::int64_t>>& taps,
               const std::vector<std::string>& modes, const std::function<Number(const std::vector<Number>&)>& f) {
  Array y = x;
  std::size_t k = 0;
  for_each(x.shape, [&](const std::vector<std::int64_t>& index) {
    std::vector<Number> around;
    for (const auto& tap : taps) {
      std::vector<std::int64_t> at = index;
      bool is_there = true, is_fill = false;
      for (std::size_t a = 0; a < at.size(); a++) {
        at[a] += tap[a];
        const bool outside = at[a] < 0 || at[a] >= x.shape[a];
        if (outside && modes[a] == "none")
          is_there = false;
        else if (outside && (at[a] = standing(modes[a], at[a], x.shape[a])) < 0)
          is_fill = true;
      }
      if (is_there) around.push_back(is_fill ? Number{} : x.at(at));
    }
    y.elements[k++] = f(around);
  });
  return y;
}

Array resized(const Array& x, int axis, std::int64_t m, const std::string& method) {
  const auto a = static_cast<std::size_t>(axis);
  const std::int64_t n = x.shape[a];
  const double ratio = static_cast<double>(n) / static_cast<double>(m);
  Array y{x.type, x.shape, {}};
  y.shape[a] = m;
  for_each(y.shape, [&](const std::vector<std::int64_t>& index) {
    if (method == "nearest") {
      std::vector<std::int64_t> nearest = index;
      nearest[a] = (2 * index[a] + 1) * n / (2 * m);
      y.elements.push_back(x.at(nearest));
      return;
    }
    const auto i = static_cast<double>(index[a]);
    const double middle = (i + 0.5) * ratio - 0.5, wide = method == "triangle" ? std::max(1.0, ratio) : 1;
    const double at = wide > 1 ? middle : std::clamp(middle, 0.0, static_cast<double>(n - 1));
    double sum = 0, all = 0;
    std::vector<std::int64_t> from = index;
    for (std::int64_t j = 0; j < n; j++) {
      const auto place = static_cast<double>(j);
      double weight = 1 - std::abs(place - at) / wide;
      if (method == "area") weight = std::min((i + 1) * ratio, place + 1) - std::max(i * ratio, place);
      if (weight <= 1e-13) continue;
      from[a] = j;
      all += weight;
      sum += weight * x.at(from).re;
    }
    y.elements.push_back({0, sum / all, 0});
  });
  return y;
}

}  // namespace tessera::reference
