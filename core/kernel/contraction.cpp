#include <tessera/core/kernel/contraction.hpp>

#include <algorithm>

#include <tessera/core/sizes.hpp>

namespace tessera {
namespace {

// OpenBLAS reaches 0.98 of its speed on whole matrices in calls of 1024 x 1024 x 1024, and 0.9 in those of 512.
constexpr std::int64_t side = 1024, least_side = 128, longest_side = 8192;
// Chunks that a product should have, so that many workers have some.
constexpr std::int64_t wanted_chunks = 16;
constexpr std::int64_t most_segments = 64, least_segment = 2 * contraction_block;
// Elements that a chunk of a stack of small matrices has, about.
constexpr std::int64_t stack_elements = 64 << 10;

constexpr std::int64_t round_up(std::int64_t n, std::int64_t step) { return ceil_div(n, step) * step; }

// Even parts of about `length`, in whole steps of the kernels.
std::int64_t even_part(std::int64_t extent, std::int64_t length) {
  constexpr std::int64_t step = 64;
  if (extent <= length) return std::max<std::int64_t>(1, extent);
  return std::min(extent, round_up(ceil_div(extent, ceil_div(extent, length)), step));
}

}  // namespace

ChunkGrid contraction_chunks(const Shape& shape, std::int64_t k) {
  const int rank = shape.size();
  const std::int64_t m = shape[rank - 2], n = shape[rank - 1];
  // A thin product has long chunks, as many elements in all.
  const auto beside = [](std::int64_t other) {
    return std::clamp(side * side / std::max<std::int64_t>(1, std::min(other, side)), side, longest_side);
  };
  Dims chunk = Dims::filled(rank, 1);
  std::int64_t rows = beside(n), columns = beside(m);
  const auto count = [&] { return Amount(ceil_div(m, rows)) * ceil_div(n, columns); };
  Amount stack = 1;
  for (int i = 0; i + 2 < rank; i++) stack *= shape[i];
  while (count() * stack < wanted_chunks && std::max(rows, columns) > least_side) {
    std::int64_t& longer = std::min(rows, m) >= std::min(columns, n) ? rows : columns;
    if (std::min(longer, &longer == &rows ? m : n) <= least_side) break;
    longer = std::min(longer, &longer == &rows ? m : n) / 2;
  }
  chunk[rank - 2] = even_part(m, rows), chunk[rank - 1] = even_part(n, columns);
  // Of small matrices several, those of the last axes first.
  const std::int64_t each = std::max({m * std::min(k, side), std::min(k, side) * n, m * n, std::int64_t{1}});
  std::int64_t some = count() == Amount(1) ? std::max<std::int64_t>(1, stack_elements / each) : 1;
  for (int i = rank - 3; i >= 0; i--) {
    chunk[i] = std::clamp<std::int64_t>(some, 1, std::max<std::int64_t>(1, shape[i]));
    some /= std::max<std::int64_t>(1, chunk[i]);
  }
  return ChunkGrid::regular(shape, chunk);
}

AxisChunks contraction_segments(std::int64_t stack, std::int64_t m, std::int64_t n, std::int64_t k) {
  const Amount c = Amount(stack) * m * n, operands = Amount(stack) * k * (m + n);
  // So many that their sums are a quarter of the operands, at most.
  const std::int64_t most = c == Amount() ? 1 : operands.value() / 4 / c.value();
  const std::int64_t count = std::clamp<std::int64_t>(std::min(most, k / least_segment), 1, most_segments);
  return AxisChunks::regular(k, round_up(std::max<std::int64_t>(1, ceil_div(k, count)), contraction_block));
}

}  // namespace tessera
