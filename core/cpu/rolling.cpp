#include <tessera/core/cpu/rolling.hpp>

#include <algorithm>

#include <tessera/core/cpu/target.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cpu {
namespace {

RollStrip strip_of(StencilKind kind, DType type) {
  switch (target()) {
    case Target::avx512:
      return rolling_strip_of_avx512(kind, type);
    case Target::avx2:
      return rolling_strip_of_avx2(kind, type);
    case Target::sse4:
      break;
  }
  return rolling_strip_of_baseline(kind, type);
}

int axis_of(const Stencil& s) {
  int axis = 0;
  for (int i = 0; i < s.taps[0].size(); i++)
    if (s.reaches(i)) axis = i;
  return axis;
}

std::int64_t window_of(const Stencil& s) { return s.before(axis_of(s)) + s.after(axis_of(s)) + 1; }

}  // namespace

// A state for each place of a block, and one that goes on: values and how many there are.
Amount rolling_scratch_bytes(const Stencil& s) {
  const std::int64_t window = window_of(s);
  return (Amount(window) + 1) * lines_of_window(window) * 2 * 8;
}

void apply_rolling(const Stencil& s, DType type, const StencilPart& part, std::byte* scratch) {
  const int rank = part.extent.size(), axis = axis_of(s);
  const RollStrip roll = strip_of(s.kind, type);
  if (!roll) throw InternalError("rolling windows of " + to_string(type));
  const Dims to_strides = part.result_strides(item_size(type));
  // Lines side by side: along the last other axis.
  const int side = axis == rank - 1 ? rank - 2 : rank - 1;
  RollingStrip strip{};
  strip.along = part.strides[axis], strip.to_along = to_strides[axis];
  strip.begin = part.source.lo[axis], strip.end = strip.begin + part.source.extent[axis];
  strip.n = part.extent[axis];
  strip.before = s.before(axis), strip.window = window_of(s), strip.min_count = s.min_count;
  if (side >= 0) strip.across = part.strides[side], strip.to_across = to_strides[side];
  const std::int64_t lines = side < 0 ? 1 : part.extent[side], together = lines_of_window(strip.window);
  Dims outer = part.extent;
  outer[axis] = std::min<std::int64_t>(1, outer[axis]);
  if (side >= 0) outer[side] = ceil_div(lines, together);
  for_each_index(outer, [&](const Dims& at) {
    strip.from = part.from, strip.to = part.to;
    for (int i = 0; i < rank; i++) {
      const std::int64_t k = i == side ? at[i] * together : at[i];
      strip.from += k * part.strides[i], strip.to += k * to_strides[i];
    }
    strip.lines = side < 0 ? 1 : std::min(together, lines - at[side] * together);
    roll(strip, reinterpret_cast<double*>(scratch));
  });
}

}  // namespace tessera::cpu
