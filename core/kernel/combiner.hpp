#pragma once
// How a reduction folds elements into a state, and states into each other.
//
// Leaves: a chunk is cut along its reduced axes into leaves of at most 4096 positions, by extents
// alone, so the cuts never depend on ranks, threads, tiles or SIMD width. A leaf is a box: `leaf_extents` (leaf.hpp)
// fills it from the last reduced axis outwards. Inside a leaf:
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

}  // namespace tessera
