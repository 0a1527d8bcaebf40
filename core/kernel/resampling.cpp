#include <tessera/core/kernel/resampling.hpp>

#include <algorithm>

namespace tessera {
namespace {

using Wide = __int128;

Wide floor_divide(Wide a, Wide b) { return a / b - (a % b < 0 ? 1 : 0); }
Wide ceil_divide(Wide a, Wide b) { return -floor_divide(-a, b); }
double quotient(Wide a, Wide b) { return static_cast<double>(a) / static_cast<double>(b); }

// The middle of element i, in elements between middles (0 is that of the first), times 2 m.
Wide middle(const ResampledAxis& x, std::int64_t i) { return (Wide{2} * i + 1) * x.n - x.m; }

bool widens(const ResampledAxis& x) { return x.how == Resampling::triangle && x.m < x.n; }

// Elements from a to b, inclusive, that there are.
ResampledAxis::Taps within(const ResampledAxis& x, Wide a, Wide b) {
  const Wide first = std::clamp<Wide>(a, 0, x.n - 1), last = std::clamp<Wide>(b, first, x.n - 1);
  return {static_cast<std::int64_t>(first), static_cast<std::int64_t>(last - first + 1)};
}

}  // namespace

ResampledAxis::Taps ResampledAxis::taps(std::int64_t i) const {
  const Wide at = middle(*this, i), unit = Wide{2} * m;
  if (how == Resampling::nearest) return {static_cast<std::int64_t>((Wide{2} * i + 1) * n / unit), 1};
  if (how == Resampling::area) return within(*this, Wide{i} * n / m, ceil_divide((Wide{i} + 1) * n, m) - 1);
  if (widens(*this))  // weights are 0 at a distance of n / m
    return within(*this, floor_divide(at - Wide{2} * n, unit) + 1, ceil_divide(at + Wide{2} * n, unit) - 1);
  return within(*this, floor_divide(at, unit), ceil_divide(at, unit));
}

void ResampledAxis::add_weights(std::int64_t i, std::vector<double>& to) const {
  const Taps t = taps(i);
  if (t.count == 1) {
    to.push_back(1);
    return;
  }
  const Wide at = middle(*this, i), unit = Wide{2} * m;
  const auto weight = [&](std::int64_t j) -> Wide {
    if (how == Resampling::area)
      return std::min((Wide{i} + 1) * n, (Wide{j} + 1) * m) - std::max(Wide{i} * n, Wide{j} * m);
    const Wide distance = j * unit > at ? j * unit - at : at - j * unit;
    return (widens(*this) ? Wide{2} * n : unit) - distance;
  };
  Wide sum = 0;
  for (std::int64_t j = t.first; j < t.first + t.count; j++) sum += weight(j);
  for (std::int64_t j = t.first; j < t.first + t.count; j++) to.push_back(quotient(weight(j), sum));
}

std::int64_t ResampledAxis::most_taps() const {
  if (how == Resampling::nearest || n == m) return 1;
  const std::int64_t covered = n / m + (n % m != 0);
  if (how == Resampling::area) return std::min(n, covered + 1);
  return std::min(n, widens(*this) ? 2 * covered + 1 : 2);
}

std::int64_t ResampledAxis::first_from(std::int64_t position) const {
  // (2 i + 1) n >= 2 m position
  const Wide i = ceil_divide(Wide{2} * m * position - n, Wide{2} * n);
  return static_cast<std::int64_t>(std::clamp<Wide>(i, 0, m));
}

}  // namespace tessera
