// A box of a stencil's elements. Where all taps are within what there is, lines are read where they lie. Around that
// stand slabs, along one axis after another, whose taps are put together in scratch first, with what the rules say; so is
// all of a box whose elements don't lie side by side.
#include <algorithm>
#include <cstring>

#include <tessera/core/cpu/rolling.hpp>
#include <tessera/core/cpu/stencil_strips.hpp>
#include <tessera/core/cpu/target.hpp>
#include <tessera/core/device/host_stencil.hpp>

namespace tessera {
namespace {

cpu::StencilLoops loops_of(const Stencil& s, DType type) {
  switch (cpu::target()) {
    case cpu::Target::avx512:
      return cpu::stencil_loops_of_avx512(s, type);
    case cpu::Target::avx2:
      return cpu::stencil_loops_of_avx2(s, type);
    case cpu::Target::sse4:
      break;
  }
  return cpu::stencil_loops_of_baseline(s, type);
}

// What lines are told of the taps: terms, or distances.
Amount place_bytes(const Stencil& s) {
  const std::size_t bytes =
      s.kind == StencilKind::sum ? s.terms.size() * sizeof(cpu::PlacedTerm) : s.taps.size() * sizeof(std::int64_t);
  return Amount(static_cast<std::int64_t>(bytes + 63) / 64 * 64);
}
// What elements are ordered in, or converted.
std::int64_t line_bytes(const Stencil& s, DType type, const Dims& extent) {
  return s.kind == StencilKind::ranked ? cpu::ranked_room(s.taps.size()) : cpu::SumStrips(s, type, extent).room();
}

class Walk {
 public:
  Walk(const Stencil& s, DType type, const StencilPart& part, std::byte* scratch)
      : s_(s),
        part_(part),
        item_(item_size(type)),
        type_(type),
        loops_(loops_of(s, type)),
        places_(scratch),
        room_(scratch + place_bytes(s).value()),
        gathered_(room_ + line_bytes(s, type, part.extent)),
        to_strides_(part.result_strides(item_)) {
    visit_dtype(type, [&]<class T>(T) {
      if constexpr (std::is_arithmetic_v<T>) {
        const T fill = static_cast<T>(s.fill);
        std::memcpy(fill_, &fill, sizeof fill);
      }
    });
  }

  void run() {
    Box left{Dims::filled(rank(), 0), part_.extent};
    if (left.empty()) return;
    if (rank() == 0 || part_.strides[rank() - 1] != item_) return gathered(left);
    for (int i = 0; i < rank(); i++) {
      const std::int64_t end = left.extent[i], first = part_.source.lo[i], last = first + part_.source.extent[i];
      const std::int64_t lo = std::clamp<std::int64_t>(first + s_.before(i), 0, end);
      const std::int64_t hi = std::clamp<std::int64_t>(last - s_.after(i), lo, end);
      const auto slab = [&](std::int64_t from, std::int64_t to) {
        Box b = left;
        b.lo[i] = from, b.extent[i] = to - from;
        if (from < to) gathered(b);
      };
      slab(0, lo);
      slab(hi, end);
      left.lo[i] = lo, left.extent[i] = hi - lo;
      if (lo == hi) return;
    }
    std::int64_t at = 0;
    for (int i = 0; i < rank(); i++) at += left.lo[i] * part_.strides[i];
    lines(left, part_.from + at, part_.strides);
  }

 private:
  int rank() const { return part_.extent.size(); }

  // Elements of a box, whose taps all lie at distances by `strides` from `from`.
  void lines(const Box& box, const std::byte* from, const Dims& strides) {
    std::byte* to = part_.to;
    for (int i = 0; i < rank(); i++) to += box.lo[i] * to_strides_[i];
    if (cpu::SumStrips(s_, type_, box.extent))
      return cpu::sum_by_strips(s_, type_, loops_, {box.extent, from, strides, to, to_strides_},
                                reinterpret_cast<cpu::PlacedTerm*>(places_), room_);
    place_taps(strides);
    Dims outer = box.extent;
    const std::int64_t n = rank() > 0 ? outer.back() : 1;
    if (rank() > 0) outer.erase(rank() - 1);
    for_each_index(outer, [&](const Dims& at) {
      std::int64_t in = 0, out = 0;
      for (int i = 0; i < at.size(); i++) in += at[i] * strides[i], out += at[i] * to_strides_[i];
      loops_.line(s_, places_, from + in, n, to + out, room_);
    });
  }

  void place_taps(const Dims& strides) {
    const auto distance = [&](const Dims& tap) {
      std::int64_t bytes = 0;
      for (int i = 0; i < rank(); i++) bytes += tap[i] * strides[i];
      return bytes;
    };
    if (s_.kind == StencilKind::sum) return cpu::place_terms(s_, reinterpret_cast<cpu::PlacedTerm*>(places_), distance);
    auto* const distances = reinterpret_cast<std::int64_t*>(places_);
    std::transform(s_.taps.begin(), s_.taps.end(), distances, distance);
  }

  void gathered(const Box& box) {
    Box around = box;
    for (int i = 0; i < rank(); i++) {
      around.lo[i] -= s_.before(i);
      around.extent[i] += s_.before(i) + s_.after(i);
    }
    Dims strides = Dims::filled(rank(), 0);
    std::int64_t step = item_;
    for (int i = rank() - 1; i >= 0; i--) strides[i] = step, step *= around.extent[i];
    gather(around, strides);
    std::int64_t at = 0;
    for (int i = 0; i < rank(); i++) at += s_.before(i) * strides[i];
    lines(box, gathered_ + at, strides);
  }

  // The element that stands at `index`; nothing for the fill.
  std::int64_t source_index(int axis, std::int64_t index) const {
    const std::int64_t lo = part_.source.lo[axis];
    const std::int64_t k = standing_at(s_.boundary[static_cast<std::size_t>(axis)], index - lo,
                                       std::max<std::int64_t>(1, part_.source.extent[axis]));
    return k < 0 ? none : k + lo;
  }

  // Puts what stands in `around` together, line by line.
  void gather(const Box& around, const Dims& strides) {
    if (rank() == 0) {
      std::memcpy(gathered_, part_.from, item_);
      return;
    }
    Dims outer = around.extent;
    outer.erase(rank() - 1);
    for_each_index(outer, [&](const Dims& at) {
      std::byte* to = gathered_;
      const std::byte* from = part_.from;
      bool filled = false;
      for (int i = 0; i < at.size(); i++) {
        to += at[i] * strides[i];
        const std::int64_t k = source_index(i, around.lo[i] + at[i]);
        filled = filled || k == none;
        if (k != none) from += k * part_.strides[i];
      }
      gather_line(around, filled, from, to);
    });
  }

  void gather_line(const Box& around, bool filled, const std::byte* from, std::byte* to) const {
    const int axis = rank() - 1;
    const std::int64_t lo = around.lo[axis], n = around.extent[axis], stride = part_.strides[axis];
    const std::int64_t first = std::clamp<std::int64_t>(part_.source.lo[axis] - lo, 0, n);
    const std::int64_t last =
        std::clamp<std::int64_t>(part_.source.lo[axis] + part_.source.extent[axis] - lo, first, n);
    const auto one = [&](std::int64_t i) {
      const std::int64_t k = filled ? none : source_index(axis, lo + i);
      std::memcpy(to + i * item_, k == none ? fill_ : from + k * stride, item_);
    };
    for (std::int64_t i = 0; i < (filled ? n : first); i++) one(i);
    if (filled) return;
    if (stride == item_)
      std::memcpy(to + first * item_, from + (lo + first) * item_, (last - first) * item_);
    else
      for (std::int64_t i = first; i < last; i++) std::memcpy(to + i * item_, from + (lo + i) * stride, item_);
    for (std::int64_t i = last; i < n; i++) one(i);
  }

  static constexpr std::int64_t none = INT64_MIN;
  const Stencil& s_;
  const StencilPart& part_;
  const std::int64_t item_;
  const DType type_;
  const cpu::StencilLoops loops_;
  std::byte *places_, *room_, *gathered_;
  const Dims to_strides_;
  std::byte fill_[8] = {};
};

}  // namespace

Amount stencil_scratch_bytes(const Stencil& s, DType type, const Dims& extent) {
  if (is_rolling(s.kind)) return cpu::rolling_scratch_bytes(s);
  Amount bytes = item_size(type);
  for (int i = 0; i < extent.size(); i++) bytes *= Amount(extent[i]) + s.before(i) + s.after(i);
  return bytes + place_bytes(s) + line_bytes(s, type, extent);
}

void apply_stencil(const Stencil& stencil, DType type, const StencilPart& part, std::byte* scratch) {
  if (is_rolling(stencil.kind)) return cpu::apply_rolling(stencil, type, part, scratch);
  Walk(stencil, type, part, scratch).run();
}

}  // namespace tessera
