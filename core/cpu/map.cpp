// Kernel::map: the nest of loops, and how its rows become strips.
//   * Long rows are strips as they are.
//   * Short rows (a (100000, 10) array plus a row of 10): as many as make 1024 elements are one strip, on dense copies
//   of
//     what isn't dense over them.
//   * Inputs that lie across the rows (x + x.T): tiles of 32 rows are turned first, so that every cache line is read
//   once.
#include <emmintrin.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include <tessera/core/cpu/compiled.hpp>
#include <tessera/core/cpu/nest.hpp>
#include <tessera/core/cpu/strip.hpp>

namespace tessera::cpu {
namespace {

constexpr std::int64_t short_row = 128, batch = 1024;
constexpr std::int64_t tile_rows = 32, tile_columns = 256;
/// Shorter strips are not worth the alignment that streaming needs.
constexpr std::int64_t shortest_stream = 192;

struct Scratch {
  Nest nest;
  std::vector<std::byte*> pointers, data;
  std::vector<std::int64_t> strides, dense, items;
  std::vector<std::byte*> tiles;             ///< one for each operand
  std::vector<const std::byte*> tile_holds;  ///< what a repeated row's tile is filled with
  std::vector<std::byte> memory;
  static Scratch& mine() {
    thread_local Scratch s;
    return s;
  }
};

/// One call of map, after its axes have been put in order.
class Mapping {
 public:
  Mapping(Scratch& s, StripRunner& strip, const Code& plain, const Code& stream, std::size_t inputs)
      : s_(s), strip_(strip), plain_(plain), stream_(stream), inputs_(inputs), n_(s.pointers.size()) {
    s_.data.resize(n_);
    s_.dense = s_.items;
  }

  void run() {
    Nest& nest = s_.nest;
    const int inner = nest.rank() - 1;
    if (inner < 1) return row(nest.inner_extent(), s_.pointers, s_.strides);
    if (nest.extent(inner) < short_row) return batches();
    if (const int across = crossing_axis(); across >= 0) {
      nest.move(across, inner - 1);
      return tiles();
    }
    nest.walk(inner, s_.pointers, [&] { row(nest.extent(inner), s_.pointers, s_.strides); });
  }

 private:
  /// One strip; streamed if all outputs reach alignment after the same few elements.
  void row(std::int64_t length, std::vector<std::byte*>& pointers, const std::vector<std::int64_t>& strides) {
    std::int64_t head = 0;
    bool aligned = &stream_ != &plain_ && length >= shortest_stream;
    for (std::size_t k = inputs_; aligned && k < n_; k++) {
      const std::int64_t item = s_.items[k];
      const auto past = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(pointers[k]) % 64);
      const std::int64_t needed = (64 - past) % 64 / item;
      if (k == inputs_) head = needed;
      aligned = needed == head && past % item == 0 && strides[k] == item;
    }
    if (!aligned) return strip_.run(plain_.steps, length, pointers, strides);
    if (head) {
      strip_.run(plain_.steps, head, pointers, strides);
      for (std::size_t k = 0; k < n_; k++) pointers[k] += head * strides[k];
    }
    strip_.run(stream_.steps, length - head, pointers, strides);
    for (std::size_t k = 0; k < n_; k++) pointers[k] -= head * strides[k];
  }

  /// An axis on which some input is contiguous that is not so on the inner one; -1 when there is none.
  int crossing_axis() const {
    const int inner = s_.nest.rank() - 1;
    for (std::size_t k = 0; k < inputs_; k++) {
      if (s_.strides[k] == 0 || s_.strides[k] == s_.items[k]) continue;
      for (int a = 0; a < inner; a++)
        if (s_.nest.stride(a, static_cast<int>(k)) == s_.items[k]) return a;
    }
    return -1;
  }

  /// A dense block of `elements` for every operand.
  void allocate_tiles(std::int64_t elements) {
    std::size_t bytes = 64;
    for (auto item : s_.items) bytes += static_cast<std::size_t>((elements * item + 63) / 64 * 64);
    if (s_.memory.size() < bytes) s_.memory.resize(bytes);
    auto p = reinterpret_cast<std::byte*>((reinterpret_cast<std::uintptr_t>(s_.memory.data()) + 63) / 64 * 64);
    s_.tiles.clear();
    for (auto item : s_.items) {
      s_.tiles.push_back(p);
      p += (elements * item + 63) / 64 * 64;
    }
    s_.tile_holds.assign(n_, nullptr);
  }

  void batches() {
    const Nest& nest = s_.nest;
    const int inner = nest.rank() - 1, outer = inner - 1;
    const std::int64_t columns = nest.extent(inner), all = nest.extent(outer),
                       most = std::min(all, std::max<std::int64_t>(1, batch / columns));
    allocate_tiles(most * columns);
    nest.walk(outer, s_.pointers, [&] {
      for (std::int64_t r0 = 0; r0 < all; r0 += most) {
        const std::int64_t rows = std::min(most, all - r0);
        const Dims extent{rows, columns};
        for (std::size_t k = 0; k < n_; k++) {
          const std::int64_t step = nest.stride(outer, static_cast<int>(k)), item = s_.items[k];
          std::byte* p = s_.pointers[k] + r0 * step;
          s_.data[k] = p;
          if (s_.strides[k] == item && step == columns * item) continue;
          s_.data[k] = s_.tiles[k];
          if (k >= inputs_ || (step == 0 && s_.tile_holds[k] == p)) continue;
          copy(extent, item, p, Dims{step, s_.strides[k]}, s_.tiles[k], Dims{columns * item, item});
          s_.tile_holds[k] = rows == most ? p : nullptr;
        }
        row(rows * columns, s_.data, s_.dense);
        for (std::size_t k = inputs_; k < n_; k++) {
          if (s_.data[k] != s_.tiles[k]) continue;
          const std::int64_t step = nest.stride(outer, static_cast<int>(k)), item = s_.items[k];
          copy(extent, item, s_.tiles[k], Dims{columns * item, item}, s_.pointers[k] + r0 * step,
               Dims{step, s_.strides[k]});
        }
      }
    });
  }

  void tiles() {
    const Nest& nest = s_.nest;
    const int inner = nest.rank() - 1, outer = inner - 1;
    allocate_tiles(tile_rows * tile_columns);
    std::vector<std::int64_t>& strides = s_.dense;  // of the tile where there is one
    auto turned = [&](std::size_t k) {
      const std::int64_t step = std::abs(s_.strides[k]);
      return k < inputs_ && step > s_.items[k] && std::abs(nest.stride(outer, static_cast<int>(k))) < step;
    };
    for (std::size_t k = 0; k < n_; k++) strides[k] = turned(k) ? s_.items[k] : s_.strides[k];
    nest.walk(outer, s_.pointers, [&] {
      for (std::int64_t r0 = 0; r0 < nest.extent(outer); r0 += tile_rows)
        for (std::int64_t c0 = 0; c0 < nest.extent(inner); c0 += tile_columns) {
          const std::int64_t rows = std::min(tile_rows, nest.extent(outer) - r0),
                             columns = std::min(tile_columns, nest.extent(inner) - c0);
          for (std::size_t k = 0; k < n_; k++) {
            if (!turned(k)) continue;
            const std::int64_t step = nest.stride(outer, static_cast<int>(k)), item = s_.items[k];
            copy(Dims{rows, columns}, item, s_.pointers[k] + r0 * step + c0 * s_.strides[k], Dims{step, s_.strides[k]},
                 s_.tiles[k], Dims{columns * item, item});
          }
          for (std::int64_t r = 0; r < rows; r++) {
            for (std::size_t k = 0; k < n_; k++)
              s_.data[k] =
                  turned(k) ? s_.tiles[k] + r * columns * s_.items[k]
                            : s_.pointers[k] + (r0 + r) * nest.stride(outer, static_cast<int>(k)) + c0 * s_.strides[k];
            row(columns, s_.data, strides);
          }
        }
    });
  }

  Scratch& s_;
  StripRunner& strip_;
  const Code &plain_, &stream_;
  const std::size_t inputs_, n_;
};

/// True when an input that is merely copied lies across the output: a transposition. What is repeated does not.
bool is_transposed(const Dims& extent, std::int64_t item, const StridedInput& in, const StridedOutput& out) {
  bool across = false;
  for (int a = 0; a < extent.size(); a++) {
    if (extent[a] == 1) continue;
    if (in.strides[a] == 0) return false;
    across = across || (in.strides[a] == item && std::abs(out.strides[a]) != item);
  }
  return across;
}

}  // namespace

void CompiledKernel::map(const Dims& extent, std::span<const StridedInput> inputs, std::span<const ScalarBits> scalars,
                         std::span<const StridedOutput> outputs, bool streaming) const {
  if (outputs.empty()) return;
  for (auto e : extent)
    if (e == 0) return;
  if (const ValueId from = program_.outputs[0]; outputs.size() == 1 && from < inputs.size()) {
    const std::int64_t item = item_size(program_.inputs[from]);
    if (is_transposed(extent, item, inputs[from], outputs[0]))
      return copy(extent, item, inputs[from].data, inputs[from].strides, outputs[0].data, outputs[0].strides,
                  streaming);
  }
  Scratch& s = Scratch::mine();
  const auto n_in = inputs.size(), n = n_in + outputs.size();
  s.pointers.resize(n);
  s.strides.resize(n);
  s.items.resize(n);
  for (std::size_t k = 0; k < n; k++) {
    s.pointers[k] = k < n_in ? const_cast<std::byte*>(inputs[k].data) : outputs[k - n_in].data;
    s.items[k] = item_size(k < n_in ? program_.inputs[k] : program_.type(program_.outputs[k - n_in]));
  }
  auto stride = [&](int axis, std::size_t k) {
    return k < n_in ? inputs[k].strides[axis] : outputs[k - n_in].strides[axis];
  };

  // The order of elements is free: the first output's smallest step goes innermost, forwards.
  std::array<int, max_rank> order{};
  for (int a = 0; a < extent.size(); a++) order[a] = a;
  std::stable_sort(order.begin(), order.begin() + extent.size(),
                   [&](int a, int b) { return std::abs(stride(a, n_in)) > std::abs(stride(b, n_in)); });
  s.nest.reset(static_cast<int>(n));
  for (int i = 0; i < extent.size(); i++) {
    const int a = order[i];
    const bool backwards = stride(a, n_in) < 0;
    for (std::size_t k = 0; k < n; k++) {
      s.strides[k] = stride(a, k);
      if (backwards) {
        s.pointers[k] += s.strides[k] * (extent[a] - 1);
        s.strides[k] = -s.strides[k];
      }
    }
    s.nest.add(extent[a], s.strides);
  }
  for (std::size_t k = 0; k < n; k++) s.strides[k] = s.nest.inner_stride(static_cast<int>(k));

  const Code& plain = code(Sink::outputs);
  const Code& stream = streaming ? code(Sink::streamed_outputs) : plain;
  StripRunner strip(program_, machine_, table_, slot_bytes_, std::max(plain.slots, stream.slots), scalars, true);
  if (plain.stores_early || stream.stores_early) {
    for (const auto& o : outputs)
      for (const auto& i : inputs)
        if (o.data == i.data) strip.pack_outputs();
  }
  Mapping(s, strip, plain, stream, n_in).run();
  if (streaming) _mm_sfence();
}

}  // namespace tessera::cpu
