#include <tessera/core/common_cuts.hpp>

#include <algorithm>

namespace tessera {

AxisChunks common_cuts(const AxisChunks& a, const AxisChunks& b) {
  if (a.count() <= 1 || a == b) return b;
  if (b.count() <= 1) return a;
  constexpr std::int64_t most_table = std::int64_t{1} << 24;
  if (a.count() > most_table - b.count())
    throw ShapeError("axes of " + std::to_string(a.count()) + " and " + std::to_string(b.count()) +
                     " chunks can't be cut alike; use larger chunks");
  std::vector<std::int64_t> lengths;
  std::int64_t at = 0, k = 1, other = 1;
  while (at < a.extent()) {
    const std::int64_t next = std::min(a.bound(k), b.bound(other));
    k += a.bound(k) == next ? 1 : 0, other += b.bound(other) == next ? 1 : 0;
    lengths.push_back(next - at);
    at = next;
  }
  return AxisChunks::irregular(lengths);
}

}  // namespace tessera
