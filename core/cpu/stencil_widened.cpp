#include <tessera/core/cpu/stencil_widened.hpp>

#include <algorithm>

#include <tessera/core/box.hpp>

namespace tessera::cpu {

WidenedStrips::WidenedStrips(const Stencil& s, DType type, const Dims& extent) {
  constexpr std::int64_t few = 4, far = 4096, nearest_cache = 2048, most_lines = 256, narrow = 64, wide = 512;
  const int last = extent.size() - 1;
  if (s.kind != StencilKind::sum || type == DType::float64 || last < 0 ||
      static_cast<std::int64_t>(s.taps.size()) < few)
    return;
  for (int i = 0; i <= last; i++) {
    if (s.before(i) > far || s.after(i) > far || (s.reaches(i) && i < last && axis >= 0)) return;
    if (s.reaches(i) && i < last) axis = i;
  }
  if (axis >= 0) {
    lines = std::min(most_lines, extent[axis]);
    above = s.before(axis);
    height = lines + above + s.after(axis);
  }
  left = s.before(last);
  beside = left + s.after(last);
  const std::int64_t together = height - lines + 1;  // lines that a sum is made of
  const std::int64_t fit = (nearest_cache / together - beside) / narrow * narrow;
  width = std::min(std::clamp(fit, narrow, wide), std::max<std::int64_t>(extent[last], 1));
  pitch = (width + beside + 7) / 8 * 8;  // whole lines of the cache
}

namespace {

class StripWalk {
 public:
  StripWalk(const Stencil& s, const StencilLoops& loops, const WidenedStrips& strips, const WidenedBox& box,
            std::int64_t item, PlacedTerm* terms, std::byte* room)
      : s_(s), loops_(loops), strips_(strips), box_(box), item_(item), terms_(terms), room_(room) {}

  void run() {
    const int last = box_.extent.size() - 1;
    place_terms(s_, terms_, [&](const Dims& tap) {
      return ((strips_.axis < 0 ? 0 : tap[strips_.axis] * strips_.pitch) + tap[last]) * wide_item;
    });
    Dims starts = box_.extent;  // of strips
    starts[last] = ceil_div(starts[last], strips_.width);
    if (strips_.axis >= 0) starts[strips_.axis] = ceil_div(starts[strips_.axis], strips_.lines);
    for_each_index(starts, [&](const Dims& at) {
      Dims first = at;
      first[last] *= strips_.width;
      if (strips_.axis >= 0) first[strips_.axis] *= strips_.lines;
      strip(first);
    });
  }

 private:
  static constexpr std::int64_t wide_item = sizeof(double);

  void strip(const Dims& first) {
    const int last = first.size() - 1, axis = strips_.axis;
    const std::byte* from = box_.from - strips_.left * item_;
    std::byte* to = box_.to;
    for (int i = 0; i <= last; i++) from += first[i] * box_.strides[i], to += first[i] * box_.to_strides[i];
    const std::int64_t n = std::min(strips_.width, box_.extent[last] - first[last]);
    const std::int64_t lines = axis < 0 ? 1 : std::min(strips_.lines, box_.extent[axis] - first[axis]);
    const std::int64_t stride = axis < 0 ? 0 : box_.strides[axis], to_stride = axis < 0 ? 0 : box_.to_strides[axis];
    const std::int64_t line = strips_.pitch * wide_item;
    from -= strips_.above * stride;
    for (std::int64_t k = 0; k < lines + strips_.height - strips_.lines; k++)
      loops_.widen(from + k * stride, n + strips_.beside, room_ + k * line);
    const std::byte* const middle = room_ + strips_.above * line + strips_.left * wide_item;
    for (std::int64_t k = 0; k < lines; k++)
      loops_.widened(s_, terms_, middle + k * line, n, to + k * to_stride, nullptr);
  }

  const Stencil& s_;
  const StencilLoops& loops_;
  const WidenedStrips& strips_;
  const WidenedBox& box_;
  std::int64_t item_;
  PlacedTerm* terms_;
  std::byte* room_;
};

}  // namespace

void sum_widened(const Stencil& s, DType type, const StencilLoops& loops, const WidenedBox& box, PlacedTerm* terms,
                 std::byte* room) {
  const WidenedStrips strips(s, type, box.extent);
  StripWalk(s, loops, strips, box, item_size(type), terms, room).run();
}

}  // namespace tessera::cpu
