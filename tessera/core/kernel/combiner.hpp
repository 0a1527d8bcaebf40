#pragma once
// How a reduction folds elements into a state, and states into each other.
//
// Leaves (DESIGN, section 5): a chunk is cut along its reduced axes into leaves of at most 4096 positions, by extents
// alone, so the cuts never depend on ranks, threads, tiles or SIMD width. A leaf is a box: `leaf_extents` fills it from
// the last reduced axis outwards. Inside a leaf:
//   * last axis reduced: element i of the last axis goes to lane i mod 64, rows after one another; then the 64 lanes
//   fold
//     by halves (lane l with l + 32, then l + 16, ... l + 1);
//   * last axis kept: one lane per output, positions in row-major order.
// moments and nan_moments fold x - shift and its square, the shift being one element of the leaf (moments.hpp says
// why that is safe), and become a mean and M2 at the leaf's end. Arg- combiners take the extreme element and of equal
// ones the first, which no order can change. A user's combiner gets the elements of one output's leaf in row-major
// order.
// Leaves of a chunk (row-major), then chunks, combine by one fixed tree (core/kernel/fixed_tree.hpp).
#include <cstdint>

#include <tessera/core/dtype.hpp>
#include <tessera/core/shape.hpp>

namespace tessera {

/// fmin and fmax skip NaN. moments: mean and M2, the sum of squared distances from it. nan_sum and nan_moments skip NaN
/// and count what is left. argmin and argmax: NaN comes first; the nan forms skip it. user: the caller's own functions.
enum class Combiner : std::uint8_t {
  sum,
  prod,
  min,
  max,
  fmin,
  fmax,
  any,
  all,
  nan_sum,
  moments,
  nan_moments,
  argmin,
  argmax,
  nanargmin,
  nanargmax,
  user
};

constexpr const char* name(Combiner c) {
  constexpr const char* names[] = {"sum",    "prod",      "min",       "max",     "fmin",        "fmax",
                                   "any",    "all",       "nan_sum",   "moments", "nan_moments", "argmin",
                                   "argmax", "nanargmin", "nanargmax", "user"};
  return names[static_cast<int>(c)];
}
constexpr bool is_position(Combiner c) { return c >= Combiner::argmin && c <= Combiner::nanargmax; }

inline constexpr std::int64_t leaf_positions = 4096;
inline constexpr int lanes = 64;

/// Extents of the leaves of a chunk: kept axes whole, reduced axes (bits of `reduced`) filled from the last one
/// outwards. (8, 512, 512) reduced over all: (8, 8, 512) holds 32768 > 4096, so (1, 8, 512); over axis 0: (8, 512,
/// 512).
inline Dims leaf_extents(const Dims& chunk, std::uint32_t reduced) {
  Dims leaf = chunk;
  std::int64_t room = leaf_positions;
  for (int i = chunk.size() - 1; i >= 0; i--) {
    if (!(reduced >> i & 1u)) continue;
    leaf[i] = chunk[i] < room ? chunk[i] : room;
    if (leaf[i] < 1) leaf[i] = 1;
    room /= leaf[i];
    if (room < 1) room = 1;
  }
  return leaf;
}

}  // namespace tessera
