#include <tessera/core/cpu/stencil_strips.hpp>

#include <algorithm>

#include <tessera/core/box.hpp>

namespace tessera::cpu {

SumStrips::SumStrips(const Stencil& s, DType type, const Dims& extent) {
  constexpr std::int64_t few = 4, far = 4096, most_lines = 64, ways = 8, cache_line = 64;
  constexpr std::int64_t nearest_cache = 20480, block_bytes = 192;  // six registers of AVX2
  const int last = extent.size() - 1;
  if (s.kind != StencilKind::sum || last < 0 || static_cast<std::int64_t>(s.taps.size()) < few) return;
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
  if (type == s.sum_dtype && together <= ways) return;
  item = item_size(s.sum_dtype);
  const std::int64_t block = block_bytes / item, end = std::max<std::int64_t>(extent[last], 1);
  const std::int64_t fit = std::max<std::int64_t>(1, (nearest_cache / item / together - beside) / block) * block;
  width = std::min(end, ceil_div(ceil_div(end, ceil_div(end, fit)), block) * block);  // of even strips
  const auto pitch_of = [&](std::int64_t of) { return ceil_div((of + beside) * item, cache_line) * cache_line / item; };
  pitch = pitch_of(width);
  room_ = pitch_of(std::min(end, fit)) * height * item;  // strips of narrower boxes may be wider
}

namespace {

class StripWalk {
 public:
  StripWalk(const Stencil& s, const StencilLoops& loops, const SumStrips& strips, const StripBox& box,
            std::int64_t item, PlacedTerm* terms, std::byte* room)
      : s_(s), loops_(loops), strips_(strips), box_(box), item_(item), terms_(terms), room_(room) {}

  void run() {
    const int last = box_.extent.size() - 1;
    place_terms(s_, terms_, [&](const Dims& tap) {
      return ((strips_.axis < 0 ? 0 : tap[strips_.axis] * strips_.pitch) + tap[last]) * strips_.item;
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
  void strip(const Dims& first) {
    const int last = first.size() - 1, axis = strips_.axis;
    const std::byte* from = box_.from - strips_.left * item_;
    std::byte* to = box_.to;
    for (int i = 0; i <= last; i++) from += first[i] * box_.strides[i], to += first[i] * box_.to_strides[i];
    const std::int64_t n = std::min(strips_.width, box_.extent[last] - first[last]);
    const std::int64_t lines = axis < 0 ? 1 : std::min(strips_.lines, box_.extent[axis] - first[axis]);
    const std::int64_t stride = axis < 0 ? 0 : box_.strides[axis], to_stride = axis < 0 ? 0 : box_.to_strides[axis];
    const std::int64_t line = strips_.pitch * strips_.item;
    from -= strips_.above * stride;
    // Lines are put into the strip as sums come to need them, and asked for some lines before that.
    const std::int64_t height = lines + strips_.height - strips_.lines;
    std::int64_t filled = 0;
    const auto fill = [&](std::int64_t end) {
      for (; filled < end; filled++) {
        if (filled + ahead < height) ask_for(from + (filled + ahead) * stride, n + strips_.beside);
        loops_.fill_strip(from + filled * stride, n + strips_.beside, room_ + filled * line);
      }
    };
    const std::byte* const middle = room_ + strips_.above * line + strips_.left * strips_.item;
    for (std::int64_t k = 0; k < lines; k++) {
      fill(k + height - lines + 1);
      loops_.strip(s_, terms_, middle + k * line, n, to + k * to_stride, nullptr);
    }
  }

  static constexpr std::int64_t ahead = 8;  // lines
  void ask_for(const std::byte* from, std::int64_t n) const {
    for (std::int64_t at = 0; at < n * item_; at += 64) __builtin_prefetch(from + at);
  }

  const Stencil& s_;
  const StencilLoops& loops_;
  const SumStrips& strips_;
  const StripBox& box_;
  std::int64_t item_;
  PlacedTerm* terms_;
  std::byte* room_;
};

}  // namespace

void sum_by_strips(const Stencil& s, DType type, const StencilLoops& loops, const StripBox& box, PlacedTerm* terms,
                   std::byte* room) {
  const SumStrips strips(s, type, box.extent);
  StripWalk(s, loops, strips, box, item_size(type), terms, room).run();
}

}  // namespace tessera::cpu
