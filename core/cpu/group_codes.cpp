#include <tessera/core/cpu/group_codes.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include <tessera/core/cpu/group_loops.hpp>
#include <tessera/core/cpu/load.hpp>
#include <tessera/core/cpu/target.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cpu {

const GroupLoops& group_loops() {
  switch (target()) {
    case Target::avx512:
      return group_loops_of_avx512();
    case Target::avx2:
      return group_loops_of_avx2();
    case Target::sse4:
      break;
  }
  return group_loops_of_baseline();
}

namespace {

// Elements one after another: where they are not, a copy of them.
class Row {
 public:
  Row(DType type, const std::byte* from, std::int64_t stride, std::int64_t n) : first_(from) {
    const std::int64_t item = item_size(type);
    if (stride == item) return;
    for (std::int64_t i = 0; i < n; i++)
      std::memcpy(copy_ + i * item, from + i * stride, static_cast<std::size_t>(item));
    first_ = copy_;
  }
  const std::byte* first() const { return first_; }

 private:
  const std::byte* first_;
  alignas(64) std::byte copy_[group_block * 8];
};

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

void of_bins(DType type, const BinEdges& e, const std::byte* numbers, std::int64_t stride, std::int64_t n,
             std::int32_t* codes) {
  const bool wide = type == DType::float64;
  if (!wide && type != DType::float32) throw InternalError("groups: coordinates of dtype " + to_string(type));
  if (e.per_width > 0)
    group_loops().bins(wide, e, Row(type, numbers, stride, n).first(), n, codes);
  else if (wide)
    other_bins<double>(e, numbers, stride, n, codes);
  else
    other_bins<float>(e, numbers, stride, n, codes);
}

std::int64_t label_at(DType type, const std::byte* label) {
  return type == DType::int32 ? load<std::int32_t>(label) : load<std::int64_t>(label);
}

}  // namespace

std::optional<std::int64_t> codes_of_labels(DType type, const std::byte* labels, std::int64_t stride, std::int64_t n,
                                            std::int64_t least, std::int64_t groups, std::int32_t* codes) {
  const bool wide = type == DType::int64;
  if (!wide && type != DType::int32) throw InternalError("groups: labels of dtype " + to_string(type));
  if (group_loops().labels(wide, Row(type, labels, stride, n).first(), n, least, groups, codes)) return std::nullopt;
  for (std::int64_t i = 0;; i++)
    if (const auto label = label_at(type, labels + i * stride); label < least || label >= groups) return i;
}

void codes_of_bins(DType type, const BinEdges& edges, const std::byte* numbers, std::int64_t stride, std::int64_t n,
                   bool first, std::int32_t* codes) {
  std::int32_t own[group_block];
  of_bins(type, edges, numbers, stride, n, first ? codes : own);
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
  // An estimate is good enough where no edge's own is a quarter of a width from its number.
  const double width = (e.last - e.first) / static_cast<double>(bins);
  const double per_width = static_cast<double>(bins) / (e.last - e.first);
  bool equal = std::isfinite(width) && std::isfinite(per_width) && width > 0;
  for (std::int64_t k = 0; equal && k <= bins; k++) {
    e.doubt = std::max(e.doubt, std::abs((edges[k] - e.first) * per_width - static_cast<double>(k)));
    equal = e.doubt < 0.25;
  }
  if (equal) e.per_width = per_width;
  return e;
}

}  // namespace tessera
