#pragma once
// A stencil: every element is made of elements of one array at fixed distances from it, its taps. A sum of weighted taps
// is added term by term in the order of `terms`, in float64 (of float32 in float32, where that is asked for), and rounded
// once, so its bits depend on nothing else; a term of two taps is weight * (one + other), or weight * (one - other), as symmetric kernels are added (scipy.ndimage does the
// same: NI_Correlate, NI_Correlate1D). Beyond the ends of an axis a rule says which element stands there, of (a b c d):
//
//   reflect   d c b a | a b c d | d c b a        mirror     d c b | a b c d | c b a
//   nearest   a a a a | a b c d | d d d d        constant   k k k k | a b c d | k k k k
//
// again and again where the taps reach further than the axis is long.
#include <algorithm>
#include <cstdint>
#include <vector>

#include <tessera/core/dtype.hpp>
#include <tessera/core/key.hpp>
#include <tessera/core/shape.hpp>

namespace tessera {

enum class Boundary : std::uint8_t { reflect, mirror, nearest, constant };

/// What is made of the taps. ranked: the one at a place in their order, NaN last. rolling: of all that are not NaN between
/// the first and the last tap, which lie along one axis, NaN where these are fewer than min_count; beyond the ends there is
/// nothing. The axis is cut into blocks as long as the window, from its first element on; a window is the end of one block
/// and the beginning of the next, each folded towards the other's side once for all windows (van Herk 1992), so the cost
/// does not grow with the window, and bits depend on nothing else.
enum class StencilKind : std::uint8_t {
  sum,
  minimum,
  maximum,
  ranked,
  rolling_sum,
  rolling_mean,
  rolling_minimum,
  rolling_maximum
};
constexpr bool is_rolling(StencilKind kind) { return kind >= StencilKind::rolling_sum; }

struct Stencil {
  /// Of a sum: weight * tap, or weight * (tap +- other).
  struct Term {
    double weight = 1;
    int tap = 0, other = -1;  ///< of `taps`; other: -1 where there is none
    bool minus = false;
    bool operator==(const Term&) const = default;
  };
  StencilKind kind = StencilKind::sum;
  std::vector<Dims> taps;            ///< distances from the element, one a axis
  std::vector<Term> terms;           ///< of a sum
  double divisor = 1;                ///< of a sum
  DType sum_dtype = DType::float64;  ///< of a sum: what terms are rounded to and added in; float32 of float32 alone
  std::int64_t rank = 0;             ///< ranked
  std::vector<Boundary> boundary;    ///< one a axis
  double fill = 0;                   ///< Boundary::constant; in the array's dtype
  std::int64_t min_count = 1;        ///< rolling

  /// How far taps reach before and after the element, along an axis; at least 0.
  std::int64_t before(int axis) const;
  std::int64_t after(int axis) const;
  /// How far elements are needed: where the ends are mirrored, on both sides as far as on the longer one.
  std::int64_t halo_before(int axis) const {
    return mirrors(axis) ? std::max(before(axis), after(axis)) : before(axis);
  }
  std::int64_t halo_after(int axis) const { return mirrors(axis) ? std::max(before(axis), after(axis)) : after(axis); }
  bool mirrors(int axis) const {
    const Boundary b = boundary[static_cast<std::size_t>(axis)];
    return b == Boundary::reflect || b == Boundary::mirror;
  }
  bool reaches(int axis) const { return before(axis) + after(axis) > 0; }
  /// True where a field of equal elements stays what it is, up to rounding.
  bool keeps_quantity() const;
  bool operator==(const Stencil&) const = default;
};

/// The index in [0, n) of the element that stands at `index`, anywhere, by a rule; -1: the fill. n > 0.
TESSERA_API std::int64_t standing_at(Boundary rule, std::int64_t index, std::int64_t n);
void add(Key& key, const Stencil& stencil);

}  // namespace tessera
