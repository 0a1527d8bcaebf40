#include <tessera/core/cpu/leaf_walk.hpp>

#include <algorithm>

namespace tessera::cpu {
namespace {

/// Rows of outputs are folded in the order in which they lie in memory, row after row where they are long: a processor
/// prefetches what it reads in a line. (Several long rows a pass over the states, which saves reading those, took 1.2
/// to 1.3 times as long.) Short rows make passes of this size. Rows are asked for so many bytes of passes before.
constexpr std::int64_t pass_bytes = 4 << 10, ahead_bytes = 8 << 10;

}  // namespace

void LeafWalk::run(const Dims& extent, std::uint32_t reduced, const Dims& leaf, const FoldedPositions& positions) {
  const int rank = extent.size();
  last_reduced_ = rank == 0 || (reduced >> (rank - 1) & 1u);
  outputs_ = 1;
  for (int a = 0; a < rank; a++)
    if (!(reduced >> a & 1u)) outputs_ *= extent[a];
  Dims lo = Dims::filled(rank, 0), box = Dims::filled(rank, 0);
  for (;; next_states()) {
    for (int a = 0; a < rank; a++) box[a] = (reduced >> a & 1u) ? std::min(leaf[a], extent[a] - lo[a]) : extent[a];
    build(box, reduced, positions);
    start(lo, positions);
    if (last_reduced_ || fold_.only_along())
      along();
    else
      across();
    int a = rank - 1;
    for (; a >= 0; a--) {
      if (!(reduced >> a & 1u)) continue;
      lo[a] += leaf[a];
      if (lo[a] < extent[a]) break;
      lo[a] = 0;
    }
    if (a < 0) return;
  }
}

void LeafWalk::build(const Dims& box, std::uint32_t reduced, const FoldedPositions& positions) {
  if (built_ && box == present_) return;
  built_ = true;
  present_ = box;
  count_ = 1;
  for (Nest* nest : {&s_.kept, &s_.reduced}) nest->reset(operands_);
  for (int a = 0; a < box.size(); a++) {
    for (std::size_t k = 0; k < inputs_.size(); k++) s_.strides[k] = inputs_[k].strides[a];
    if (!in_machine_) {
      s_.strides[block_operand()] = 0;
      s_.strides[position_operand()] = positions.strides.empty() ? 0 : positions.strides[a];
    }
    // Rows merge into one only when lanes stay in step.
    if (reduced >> a & 1u) {
      s_.reduced.add(box[a], s_.strides, last_reduced_ ? lanes : 1);
      count_ *= box[a];
    } else {
      s_.kept.add(box[a], s_.strides);
    }
  }
  // An axis of one element that is the last: every row is one element, in lane 0.
  if (last_reduced_ && box.size() > 0 && box.back() == 1) s_.reduced.add_unit();
}

void LeafWalk::start(const Dims& lo, const FoldedPositions& positions) {
  for (std::size_t k = 0; k < inputs_.size(); k++) {
    s_.pointers[k] = const_cast<std::byte*>(inputs_[k].data);
    for (int a = 0; a < lo.size(); a++) s_.pointers[k] += lo[a] * inputs_[k].strides[a];
  }
  if (in_machine_) return;
  s_.pointers[block_operand()] = block();
  std::int64_t first = positions.first;
  for (int a = 0; a < positions.strides.size(); a++) first += lo[a] * positions.strides[a];
  s_.pointers[position_operand()] = const_cast<std::byte*>(&nowhere) + first;
}

void LeafWalk::along() {
  const std::int64_t n = s_.reduced.inner_extent();
  const int outer = std::max(0, s_.reduced.rank() - 1);
  take_strides(s_.reduced);
  const bool straight = reads_memory(n);
  fold_.read(straight ? plain_.from : type_);
  std::byte* const machine_state[] = {fold_.machine_state()};
  if (!straight && in_machine_) strip_.bind_lanes(machine_state, item_);
  std::int64_t output = 0;
  Places out;
  s_.kept.walk(s_.kept.rank(), s_.pointers, [&] {
    if (straight && outer == 0) {
      places(output++, out);
      return fold_.whole(n, memory(), positions(s_.reduced), out.data());
    }
    fold_.begin_along();
    s_.reduced.walk(outer, s_.pointers, [&] {
      if (straight) return fold_.along(n, memory(), positions(s_.reduced));
      if (in_machine_) return strip_.run(code_.steps, n, s_.pointers, s_.strides);
      for (std::int64_t first = 0; first < n; first += strip_block) {
        const std::int64_t some = std::min(strip_block, n - first);
        strip_.run(code_.steps, some, s_.pointers, s_.strides);
        fold_.along(some, block(), positions(s_.reduced));
        advance(some);
      }
      advance(-n);
    });
    places(output++, out);
    fold_.end_along(count_, out.data());
  });
}

void LeafWalk::across() {
  const std::int64_t length = s_.kept.inner_extent(), most = plain_.input >= 0 ? output_block : strip_block;
  const int outer = std::max(0, s_.kept.rank() - 1);
  take_strides(s_.kept);
  std::byte* const machine_state[] = {fold_.machine_state()};
  if (in_machine_) strip_.bind_stream_states(machine_state, item_);
  std::int64_t output = 0;
  Places out;
  s_.kept.walk(outer, s_.pointers, [&] {
    for (std::int64_t first = 0; first < length; first += most) {
      const std::int64_t n = std::min(most, length - first);
      const bool straight = reads_memory(n);
      fold_.read(straight ? plain_.from : type_);
      places(output + first, out);
      if (!straight || !fold_.begin_across_in_place(n, out.data())) fold_.begin_across(n);
      if (straight)
        rows_from_memory(n);
      else
        rows_from_program(n);
      fold_.end_across(n, count_, out.data());
      advance(n);
    }
    advance(-length);
    output += length;
  });
}

void LeafWalk::rows_from_memory(std::int64_t n) {
  const int inner = s_.reduced.rank() - 1;
  const std::int64_t rows = s_.reduced.inner_extent(), row_bytes = n * item_size(plain_.from),
                     stride = s_.reduced.inner_stride(plain_.input),
                     pass = std::max<std::int64_t>(1, pass_bytes / row_bytes),
                     early = pass * std::max<std::int64_t>(1, ahead_bytes / (pass * row_bytes)),
                     next_rows = early * stride;
  // After the last rows: the first ones of the next outputs, or what follows where the rows are the whole memory.
  const std::int64_t next_outputs = stride > row_bytes ? row_bytes + (early - rows) * stride : next_rows;
  s_.reduced.walk(std::max(0, inner), s_.pointers, [&] {
    PiecePositions at = positions(s_.reduced);
    for (std::int64_t r = 0; r < rows; r += pass) {
      const std::int64_t some = std::min(pass, rows - r);
      fold_.across(n, some, memory() + r * stride, stride, r + early < rows ? next_rows : next_outputs, at);
      at.first += some * at.step;
    }
  });
}

void LeafWalk::rows_from_program(std::int64_t n) {
  const int prefetched = std::min(static_cast<int>(inputs_.size()), max_prefetched);
  const std::int64_t rows = s_.reduced.inner_extent();
  std::int64_t row = 0;
  s_.reduced.walk(s_.reduced.rank(), s_.pointers, [&] {
    row++;
    // Prefetch the same outputs' next row; on the last one, the next outputs' first row.
    if (s_.reduced.rank() == 1 && row == 1)
      for (int k = 0; k < prefetched; k++) strip_.prefetch(k, s_.reduced.stride(0, k));
    if (s_.reduced.rank() == 1 && row == rows)
      for (int k = 0; k < prefetched; k++) strip_.prefetch(k, n * s_.strides[k] - s_.reduced.stride(0, k) * (rows - 1));
    strip_.run(code_.steps, n, s_.pointers, s_.strides);
    if (!in_machine_) fold_.across(n, 1, block(), 0, 0, positions(s_.reduced));
  });
}

}  // namespace tessera::cpu
