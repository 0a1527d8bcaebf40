// Elements under other indices.
#include "reference.hpp"

namespace tessera::reference {

Array picked(const Array& x, const std::vector<std::int64_t>& shape,
             const std::function<std::optional<std::vector<std::int64_t>>(const std::vector<std::int64_t>&)>& from) {
  Array y{x.type, shape, {}};
  for_each(shape, [&](const std::vector<std::int64_t>& at) {
    const auto place = from(at);
    y.elements.push_back(place ? x.at(*place) : Number{});
  });
  return y;
}

std::int64_t beyond(std::int64_t i, std::int64_t n, const std::string& mode) {
  if (mode == "edge") return i < 0 ? 0 : i < n ? i : n - 1;
  if (mode == "wrap") return (i % n + n) % n;
  // To and fro: with the edge twice, or once.
  const bool once = mode == "reflect";
  if (once && n == 1) return 0;
  const std::int64_t period = once ? 2 * n - 2 : 2 * n;
  const std::int64_t k = (i % period + period) % period;
  return k < n ? k : period - k - (once ? 0 : 1);
}

}  // namespace tessera::reference
