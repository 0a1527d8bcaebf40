#include <tessera/io/region.hpp>

#include <algorithm>
#include <cstring>

#include <tessera/core/cpu/kernel.hpp>
#include <tessera/io/scratch.hpp>

namespace tessera::io {
namespace {

constexpr std::int64_t direct_bytes = 16 << 10;  // runs of this length move without scratch
constexpr std::int64_t gap_bytes = 4 << 10;      // a gap up to here is cheaper to read over than to seek over

struct Axes {
  int count = 0;
  std::array<std::int64_t, max_rank> n{}, file{}, memory{};
  std::array<std::int64_t, max_rank + 1> span{};  // span[k]: bytes from the first to the last of axes k.. in the file
  std::int64_t run = 0;                           // bytes contiguous on both sides
  std::int64_t item = 0;
  std::int64_t start = 0;  // of the box, in the file
  int scratch_from = 0;    // axes from here on move through scratch together; count + 1 when runs move straight
};

// `gap`: gaps in the file up to this many bytes are moved with the runs.
Axes arrange(const Region& region, const Box& box, const Dims& strides, std::int64_t gap) {
  Axes a;
  a.item = region.item;
  a.run = region.item;
  const Dims file = row_major_strides(region.shape, region.item);
  a.start = region.offset;
  for (int i = 0; i < box.rank(); i++) {
    a.start += box.lo[i] * file[i];
    if (box.extent[i] == 1) continue;
    const auto k = static_cast<std::size_t>(a.count);
    if (a.count > 0 && a.file[k - 1] == box.extent[i] * file[i] && a.memory[k - 1] == box.extent[i] * strides[i]) {
      a.n[k - 1] *= box.extent[i];
      a.file[k - 1] = file[i];
      a.memory[k - 1] = strides[i];
    } else {
      a.n[k] = box.extent[i];
      a.file[k] = file[i];
      a.memory[k] = strides[i];
      a.count++;
    }
  }
  if (a.count > 0) {
    const auto last = static_cast<std::size_t>(a.count - 1);
    if (a.file[last] == a.item && a.memory[last] == a.item) a.run *= a.n[last], a.count--;
  }
  a.span[a.count] = a.run;
  for (int k = a.count - 1; k >= 0; k--) {
    const auto i = static_cast<std::size_t>(k);
    a.span[i] = (a.n[i] - 1) * a.file[i] + a.span[i + 1];
  }
  a.scratch_from = a.count + 1;
  if (a.run < direct_bytes) {
    a.scratch_from = a.count;
    for (int k = a.count - 1; k >= 0; k--) {
      const auto i = static_cast<std::size_t>(k);
      if (a.span[i + 1] > piece_bytes || a.file[i] - a.span[i + 1] > gap) break;
      a.scratch_from = k;
    }
  }
  return a;
}

// Calls move(offset in the file, memory offset, first scratch axis, count on that axis) for every transfer; an axis of
// a.count means one run.
template <class Move>
void for_each_transfer(const Axes& a, int axis, std::int64_t file, std::int64_t memory, const Move& move) {
  const auto k = static_cast<std::size_t>(axis);
  if (axis == a.count) return move(file, memory, axis, std::int64_t{1});
  if (axis < a.scratch_from) {
    for (std::int64_t i = 0; i < a.n[k]; i++)
      for_each_transfer(a, axis + 1, file + i * a.file[k], memory + i * a.memory[k], move);
    return;
  }
  const std::int64_t group = std::max<std::int64_t>(1, (piece_bytes - a.span[k + 1]) / a.file[k] + 1);
  for (std::int64_t i = 0; i < a.n[k]; i += group)
    move(file + i * a.file[k], memory + i * a.memory[k], axis, std::min(group, a.n[k] - i));
}

std::int64_t transfer_bytes(const Axes& a, int axis, std::int64_t count) {
  const auto k = static_cast<std::size_t>(axis);
  return axis == a.count ? a.run : (count - 1) * a.file[k] + a.span[k + 1];
}

// Extents, strides in the piece, strides in memory of `count` indices of `axis` and all axes behind it, runs included.
struct Block {
  Dims extent, piece, memory;
};
Block block_of(const Axes& a, int axis, std::int64_t count) {
  Block b;
  for (int i = axis; i < a.count; i++) {
    const auto k = static_cast<std::size_t>(i);
    b.extent.push_back(i == axis ? count : a.n[k]);
    b.piece.push_back(a.file[k]);
    b.memory.push_back(a.memory[k]);
  }
  if (a.run > a.item) {
    b.extent.push_back(a.run / a.item);
    b.piece.push_back(a.item);
    b.memory.push_back(a.item);
  }
  return b;
}

}  // namespace

void read_region(const PositionedFile& file, const Region& region, const Box& box, std::byte* to, const Dims& strides) {
  if (box.empty()) return;
  const Axes a = arrange(region, box, strides, gap_bytes);
  for_each_transfer(a, 0, a.start, 0, [&](std::int64_t from, std::int64_t memory, int axis, std::int64_t count) {
    const std::int64_t bytes = transfer_bytes(a, axis, count);
    if (axis == a.count) return file.read(from, to + memory, bytes);
    const Scratch piece(0, std::max(bytes, piece_bytes));
    file.read(from, piece.data(), bytes);
    const Block b = block_of(a, axis, count);
    cpu::copy(b.extent, a.item, piece.data(), b.piece, to + memory, b.memory);
  });
}

void write_region(const PositionedFile& file, const Region& region, const Box& box, const std::byte* from,
                  const Dims& strides, bool over_gaps) {
  if (box.empty()) return;
  const Axes a = arrange(region, box, strides, over_gaps ? gap_bytes : 0);
  for_each_transfer(a, 0, a.start, 0, [&](std::int64_t to, std::int64_t memory, int axis, std::int64_t count) {
    const std::int64_t bytes = transfer_bytes(a, axis, count);
    if (axis == a.count) return file.write(to, from + memory, bytes);
    const Scratch piece(0, std::max(bytes, piece_bytes));
    if (over_gaps) std::memset(piece.data(), 0, bytes);
    const Block b = block_of(a, axis, count);
    cpu::copy(b.extent, a.item, from + memory, b.memory, piece.data(), b.piece);
    file.write(to, piece.data(), bytes);
  });
}

void begin_write_back(const PositionedFile& file, const Region& region, const Box& box) noexcept {
  constexpr std::int64_t least_bytes = 256 << 10;
  if (box.empty()) return;
  const Axes a = arrange(region, box, row_major_strides(box.extent, region.item), 0);
  if (a.count == 0 && a.run >= least_bytes) file.begin_write_back(a.start, a.run);
}

std::int64_t region_bytes(const Region& region, const Box& box) {
  if (box.empty()) return 0;
  const Axes a = arrange(region, box, row_major_strides(box.extent, region.item), gap_bytes);
  // All indices of the axes before the scratch axes cost the same.
  std::int64_t repeats = 1;
  const int stop = std::min(a.scratch_from, a.count);
  for (int i = 0; i < stop; i++) repeats *= a.n[i];
  std::int64_t once = 0;
  for_each_transfer(a, stop, 0, 0, [&](std::int64_t, std::int64_t, int axis, std::int64_t count) {
    once += transfer_bytes(a, axis, count);
  });
  return repeats * once;
}

int prefetch_region(const PositionedFile& file, const Region& region, const Box& box, int calls) noexcept {
  if (box.empty() || calls <= 0) return 0;
  const Axes a = arrange(region, box, row_major_strides(box.extent, region.item), gap_bytes);
  // The outermost axis from which on at least half of the span is wanted; one call for each index before it.
  int stop = 0;
  std::int64_t wanted = box.size() * region.item, repeats = 1;
  while (stop < a.count && a.span[stop] / 2 > wanted) {
    repeats *= a.n[stop];
    wanted /= a.n[stop];
    stop++;
  }
  int made = 0;
  for (std::int64_t r = 0; r < repeats && made < calls; r++, made++) {
    std::int64_t offset = a.start, rest = r;
    for (int i = stop - 1; i >= 0; i--) {
      const auto k = static_cast<std::size_t>(i);
      offset += rest % a.n[k] * a.file[k];
      rest /= a.n[k];
    }
    file.will_need(offset, a.span[stop]);
  }
  return made;
}

}  // namespace tessera::io
