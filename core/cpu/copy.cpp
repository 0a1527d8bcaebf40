// Strided copies: rows that are contiguous on both sides by memcpy (or past the caches), transpositions in tiles that
// fit in L1, so that each cache line is read and written once.
#include <emmintrin.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include <tessera/core/cpu/kernel.hpp>
#include <tessera/core/cpu/nest.hpp>
#include <tessera/core/cpu/target.hpp>
#include <tessera/core/cpu/turn.hpp>
#include <tessera/core/item_words.hpp>

namespace tessera::cpu {
namespace {

void copy_row(std::int64_t bytes, const std::byte* from, std::byte* to, bool streaming) {
  if (streaming && bytes >= 128) {
    const auto head = static_cast<std::int64_t>((16 - reinterpret_cast<std::uintptr_t>(to) % 16) % 16);
    std::memcpy(to, from, head);
    const std::int64_t whole = (bytes - head) / 64 * 64;
    for (std::int64_t i = head; i < head + whole; i += 64)
      for (int k = 0; k < 64; k += 16)
        _mm_stream_si128(reinterpret_cast<__m128i*>(to + i + k),
                         _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i + k)));
    std::memcpy(to + head + whole, from + head + whole, bytes - head - whole);
  } else {
    std::memcpy(to, from, bytes);
  }
}

/// Columns of the source, of a plane that is turned: where each begins, and what is fetched of it.
template <class T>
struct TurnedColumns {
  static constexpr auto item = static_cast<std::int64_t>(sizeof(T));
  const std::byte* first;  // of the tile's
  std::int64_t count, step;
  const std::byte* next;  // the next tile's first; null: there is none

  /// Fetches those of a band, `c` columns from the tile's first, that are there.
  void prefetch(std::int64_t c) const {
    const std::byte* p = c < count ? first + c * step : next ? next + (c - count) * step : nullptr;
    if (!p) return;
    for (std::int64_t k = 0; k < turned_band(item); k++)
      for (std::int64_t line = 0; line < turned_rows(item) * item; line += 64)
        __builtin_prefetch(p + k * step + line, 0, 3);
  }
};

/// A 2-d copy, tile by tile. Rows of the destination and columns of the source are contiguous: whole lines are read,
/// turned in registers, and written as whole lines from a dense tile (strides of a power of two would throw each other
/// out of the cache otherwise).
template <class T>
void transpose_plane(std::int64_t rows, std::int64_t columns, const std::byte* from, std::int64_t from_column,
                     std::byte* to, std::int64_t to_row, bool streaming) {
  constexpr auto item = static_cast<std::int64_t>(sizeof(T));
  constexpr std::int64_t tile_rows = turned_rows(item), tile_columns = turned_columns(item), band = turned_band(item);
  const Turn turn = target() >= Target::avx2 ? avx2_turn(item) : nullptr;
  alignas(64) T out[tile_rows][tile_columns];
  for (std::int64_t r0 = 0; r0 < rows; r0 += tile_rows)
    for (std::int64_t c0 = 0; c0 < columns; c0 += tile_columns) {
      const std::int64_t r = std::min(rows - r0, tile_rows), c = std::min(columns - c0, tile_columns);
      const std::byte* p = from + r0 * item + c0 * from_column;
      const bool last = c0 + c >= columns;
      const TurnedColumns<T> source{p, c, from_column,
                                    !last           ? p + c * from_column
                                    : r0 + r < rows ? from + (r0 + r) * item
                                                    : nullptr};
      for (std::int64_t c1 = 0; c1 < c; c1 += band) {
        source.prefetch(c1 + 2 * band);
        const std::byte* q = p + c1 * from_column;
        if (turn && r == tile_rows && c1 + band <= c)
          turn(q, from_column, reinterpret_cast<std::byte*>(&out[0][c1]));
        else
          for (std::int64_t b = 0; b < std::min(band, c - c1); b++)
            for (std::int64_t a = 0; a < r; a++)
              std::memcpy(&out[a][c1 + b], q + b * from_column + a * item, sizeof(T));
      }
      std::byte* q = to + r0 * to_row + c0 * item;
      for (std::int64_t k = 0; k < r; k++)
        copy_row(c * item, reinterpret_cast<const std::byte*>(out[k]), q + k * to_row, streaming);
    }
}

/// Rows and columns of a tile between strides where neither side has whole lines.
constexpr std::int64_t tile = 32;

/// A 2-d copy between any strides.
template <class T>
void copy_plane(std::int64_t rows, std::int64_t columns, const std::byte* from, std::int64_t from_row,
                std::int64_t from_column, std::byte* to, std::int64_t to_row, std::int64_t to_column, bool streaming) {
  constexpr auto item = static_cast<std::int64_t>(sizeof(T));
  if (from_row == item && to_column == item && rows >= 8 && columns >= 8)
    return transpose_plane<T>(rows, columns, from, from_column, to, to_row, streaming);
  for (std::int64_t r0 = 0; r0 < rows; r0 += tile)
    for (std::int64_t c0 = 0; c0 < columns; c0 += tile) {
      const std::int64_t r1 = std::min(rows, r0 + tile), c1 = std::min(columns, c0 + tile);
      for (std::int64_t r = r0; r < r1; r++) {
        const std::byte* p = from + r * from_row + c0 * from_column;
        std::byte* q = to + r * to_row + c0 * to_column;
        for (std::int64_t c = c0; c < c1; c++, p += from_column, q += to_column) std::memcpy(q, p, sizeof(T));
      }
    }
}

}  // namespace

void copy(const Dims& extent, std::int64_t item, const std::byte* from, const Dims& from_strides, std::byte* to,
          const Dims& to_strides, bool streaming) {
  for (auto e : extent)
    if (e == 0) return;
  // Axes in the order of the destination, forwards.
  std::array<int, max_rank> order{};
  for (int a = 0; a < extent.size(); a++) order[a] = a;
  std::stable_sort(order.begin(), order.begin() + extent.size(),
                   [&](int a, int b) { return std::abs(to_strides[a]) > std::abs(to_strides[b]); });
  thread_local Nest nest;
  nest.reset(2);
  std::array<std::byte*, 2> p{const_cast<std::byte*>(from), to};
  for (int i = 0; i < extent.size(); i++) {
    const int a = order[i];
    std::array<std::int64_t, 2> strides{from_strides[a], to_strides[a]};
    if (strides[1] < 0)
      for (std::size_t k = 0; k < 2; k++) {
        p[k] += strides[k] * (extent[a] - 1);
        strides[k] = -strides[k];
      }
    nest.add(extent[a], strides);
  }
  const int inner = nest.rank() - 1;
  if (inner < 0) {
    std::memcpy(p[1], p[0], item);
    return;
  }
  if (nest.stride(inner, 0) == item && nest.stride(inner, 1) == item) {
    nest.walk(inner, p, [&] { copy_row(nest.extent(inner) * item, p[0], p[1], streaming); });
    if (streaming) _mm_sfence();
    return;
  }
  // The plane of the destination's inner axis and the source's: the axis with the source's smallest step.
  int other = std::max(0, inner - 1);
  for (int a = 0; a < inner; a++)
    if (std::abs(nest.stride(a, 0)) < std::abs(nest.stride(other, 0))) other = a;
  thread_local Nest outer;
  outer.reset(2);
  for (int a = 0; a < inner; a++)
    if (a != other) outer.add(nest.extent(a), std::array{nest.stride(a, 0), nest.stride(a, 1)});
  const std::int64_t rows = inner > 0 ? nest.extent(other) : 1;
  const std::int64_t from_row = inner > 0 ? nest.stride(other, 0) : 0, to_row = inner > 0 ? nest.stride(other, 1) : 0;
  outer.walk(outer.rank(), p, [&] {
    visit_item_word(item, [&]<class T>(T) {
      copy_plane<T>(rows, nest.extent(inner), p[0], from_row, nest.stride(inner, 0), p[1], to_row,
                    nest.stride(inner, 1), streaming);
    });
  });
  if (streaming) _mm_sfence();
}

}  // namespace tessera::cpu
