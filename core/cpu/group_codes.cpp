#include <tessera/core/cpu/group_codes.hpp>

#include <algorithm>
#include <cmath>
#include <string>

#include <tessera/core/cpu/load.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cpu {
namespace {

template <class T>
std::optional<std::int64_t> of_labels(const std::byte* labels, std::int64_t stride, std::int64_t n, std::int64_t least,
                                      std::int64_t groups, std::int32_t* codes) {
  bool wrong = false;
  for (std::int64_t i = 0; i < n; i++) {
    const T label = load<T>(labels + i * stride);
    wrong |= label < least || label >= groups;
    codes[i] = static_cast<std::int32_t>(label);
  }
  if (!wrong) return std::nullopt;
  for (std::int64_t i = 0;; i++)
    if (const T label = load<T>(labels + i * stride); label < least || label >= groups) return i;
}

// Of equal width. The estimate is at most one bin off, because bin_edges has looked at all edges: they decide.
template <class T>
void equal_bins(const BinEdges& e, const std::byte* numbers, std::int64_t stride, std::int64_t n, std::int32_t* codes) {
  const double first = e.first, last = e.last, per_width = e.per_width;
  const auto highest = static_cast<std::int32_t>(e.bins - 1);
  const double* const edges = e.edges;
  for (std::int64_t i = 0; i < n; i++) {
    const auto x = static_cast<double>(load<T>(numbers + i * stride));
    const bool within = x >= first && x <= last;
    const double at = within ? (x - first) * per_width : 0;
    std::int32_t k = std::min(static_cast<std::int32_t>(at), highest);
    k -= static_cast<std::int32_t>(x < edges[k]) & static_cast<std::int32_t>(k > 0);
    k += static_cast<std::int32_t>(x >= edges[k + 1]) & static_cast<std::int32_t>(k < highest);
    codes[i] = within ? k : -1;
  }
}

template <class T>
void other_bins(const BinEdges& e, const std::byte* numbers, std::int64_t stride, std::int64_t n, std::int32_t* codes) {
  for (std::int64_t i = 0; i < n; i++) {
    const auto x = static_cast<double>(load<T>(numbers + i * stride));
    std::int64_t below = 0, left = e.bins + 1;  // how many edges are at most x: within [below, below + left]
    while (left > 0) {
      const std::int64_t half = left / 2;
      const bool behind = e.edges[below + half] <= x;
      below = behind ? below + half + 1 : below;
      left = behind ? left - half - 1 : half;
    }
    const bool within = x >= e.first && x <= e.last;
    codes[i] = within ? static_cast<std::int32_t>(std::min(below, e.bins) - 1) : -1;
  }
}

template <class T>
void of_bins(const BinEdges& e, const std::byte* numbers, std::int64_t stride, std::int64_t n, std::int32_t* codes) {
  if (e.per_width > 0)
    equal_bins<T>(e, numbers, stride, n, codes);
  else
    other_bins<T>(e, numbers, stride, n, codes);
}

}  // namespace

std::optional<std::int64_t> codes_of_labels(DType type, const std::byte* labels, std::int64_t stride, std::int64_t n,
                                            std::int64_t least, std::int64_t groups, std::int32_t* codes) {
  if (type == DType::int32) return of_labels<std::int32_t>(labels, stride, n, least, groups, codes);
  if (type != DType::int64) throw InternalError("groups: labels of dtype " + to_string(type));
  return of_labels<std::int64_t>(labels, stride, n, least, groups, codes);
}

void codes_of_bins(DType type, const BinEdges& edges, const std::byte* numbers, std::int64_t stride, std::int64_t n,
                   bool first, std::int32_t* codes) {
  std::int32_t own[group_block];
  std::int32_t* const to = first ? codes : own;
  if (type == DType::float32)
    of_bins<float>(edges, numbers, stride, n, to);
  else if (type == DType::float64)
    of_bins<double>(edges, numbers, stride, n, to);
  else
    throw InternalError("groups: coordinates of dtype " + to_string(type));
  if (first) return;
  const auto bins = static_cast<std::int32_t>(edges.bins);
  for (std::int64_t i = 0; i < n; i++) codes[i] = codes[i] < 0 || own[i] < 0 ? -1 : codes[i] * bins + own[i];
}

}  // namespace tessera::cpu

namespace tessera {

BinEdges bin_edges(const double* edges, std::int64_t bins, bool finite) {
  BinEdges e{edges, bins, edges[0], edges[bins], 0};
  if (finite && !(std::isfinite(e.first) && std::isfinite(e.last)))
    throw ValueError("histogram: the elements reach from " + std::to_string(e.first) + " to " + std::to_string(e.last) +
                     ", which is no range for bins; give one: range=(low, high)");
  for (std::int64_t k = 0; k < bins; k++)
    if (!(edges[k] <= edges[k + 1]))
      throw ValueError("histogram: bin edges must rise; edge " + std::to_string(k) + " is " + std::to_string(edges[k]) +
                       ", the next one " + std::to_string(edges[k + 1]));
  // An estimate is good enough where no edge lies a quarter of a width from where equal widths put it.
  const double width = (e.last - e.first) / static_cast<double>(bins);
  const double per_width = static_cast<double>(bins) / (e.last - e.first);
  bool equal = std::isfinite(width) && std::isfinite(per_width) && width > 0;
  for (std::int64_t k = 1; equal && k < bins; k++)
    equal = std::abs((edges[k] - e.first) * per_width - static_cast<double>(k)) < 0.25;
  if (equal) e.per_width = per_width;
  return e;
}

}  // namespace tessera
