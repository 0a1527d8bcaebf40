#pragma once
// Rolling windows (core/kernel/stencil.hpp has their order): strips of lines side by side. The strips are compiled for each
// target.
#include <tessera/core/device/host_stencil.hpp>

namespace tessera::cpu {

/// Lines that are folded together. An element of a line stands at a coordinate, of which the first result's is 0.
struct RollingStrip {
  const std::byte* from;       ///< of the first line, the element at coordinate 0; it need not be there
  std::int64_t along, across;  ///< bytes from an element to the next, and from a line to the next
  std::int64_t begin, end;     ///< coordinates of what there is; blocks are counted from `begin`
  std::byte* to;               ///< of the first line, the first result
  std::int64_t to_along, to_across;
  std::int64_t n, lines;  ///< results of a line; at most rolling_lines
  std::int64_t before, window, min_count;
};
inline constexpr std::int64_t rolling_lines = 64;
/// Lines of a strip with windows of this length: their blocks should stay in a cache.
constexpr std::int64_t lines_of_window(std::int64_t window) {
  constexpr std::int64_t cached = 16 << 10, least = 8;
  const std::int64_t lines = cached / window / least * least;
  return lines < least ? least : lines > rolling_lines ? rolling_lines : lines;
}

using RollStrip = void (*)(const RollingStrip& strip, double* scratch);
/// float32 and float64; null for others.
RollStrip rolling_strip_of_baseline(StencilKind kind, DType type);
RollStrip rolling_strip_of_avx2(StencilKind kind, DType type);
RollStrip rolling_strip_of_avx512(StencilKind kind, DType type);

Amount rolling_scratch_bytes(const Stencil& stencil);
void apply_rolling(const Stencil& stencil, DType type, const StencilPart& part, std::byte* scratch);

}  // namespace tessera::cpu
