#include <tessera/core/kernel/stencil.hpp>

#include <algorithm>
#include <cmath>

namespace tessera {

std::int64_t Stencil::before(int axis) const {
  std::int64_t most = 0;
  for (const auto& t : taps) most = std::max(most, -t[axis]);
  return most;
}

std::int64_t Stencil::after(int axis) const {
  std::int64_t most = 0;
  for (const auto& t : taps) most = std::max(most, t[axis]);
  return most;
}

bool Stencil::keeps_quantity() const {
  if (kind != StencilKind::sum) return kind != StencilKind::rolling_sum;
  double sum = 0;
  for (const auto& t : terms) sum += t.minus ? 0 : t.other < 0 ? t.weight : 2 * t.weight;
  return std::abs(sum / divisor - 1) < 1e-6;
}

std::int64_t standing_at(Boundary rule, std::int64_t index, std::int64_t n) {
  if (index >= 0 && index < n) return index;
  const auto folded = [&](std::int64_t period) { return (index % period + period) % period; };
  switch (rule) {
    case Boundary::reflect: {
      const std::int64_t k = folded(2 * n);
      return k < n ? k : 2 * n - 1 - k;
    }
    case Boundary::mirror: {
      if (n == 1) return 0;
      const std::int64_t k = folded(2 * n - 2);
      return k < n ? k : 2 * n - 2 - k;
    }
    case Boundary::nearest:
      return index < 0 ? 0 : n - 1;
    case Boundary::constant:
      break;
  }
  return -1;
}

void add(Key& key, const Stencil& s) {
  key.add(s.kind)
      .add(s.sum_dtype)
      .add(s.rank)
      .add(s.min_count)
      .add(s.divisor)
      .add(s.fill)
      .add(s.taps.size())
      .add(s.terms.size());
  for (const Boundary b : s.boundary) key.add(b);
  for (const auto& t : s.taps)
    for (const auto d : t) key.add(d);
  for (const auto& t : s.terms) key.add(t.weight).add(t.tap).add(t.other).add(t.minus);
}

}  // namespace tessera
