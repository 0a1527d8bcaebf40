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

}  // namespace tessera::reference
