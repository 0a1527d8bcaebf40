#pragma once
// Elements in other places, under NumPy's names and rules. Lazy: views, joined; what is read of a result is read of its
// parts.
#include <tessera/core/array.hpp>
#include <tessera/core/axes.hpp>

namespace tessera {

/// Elements moved by `shift` along `axis`; those that leave at an end come in at the other one. One shift for all axes,
/// or one an axis; of an axis that is given again shifts add up. Without an axis x is rolled as one axis, of which a
/// reshape and its way back are made. throws ShapeError when an axis is out of range, UsageError when shifts and axes are
/// not as many.
TESSERA_API Array roll(const Array& x, const Dims& shift, const Axes& axis = {});
/// Turned by k quarters from the first of the two axes towards the second. throws ShapeError when these are not two
/// different axes of x.
TESSERA_API Array rot90(const Array& x, std::int64_t k = 1, const Dims& axes = {0, 1});
/// Each element along `axis` `repeats` times, one after another; without an axis of x as one axis. A number for each
/// index of the axis, or one for all. throws ValueError for a negative number, ShapeError when there are not as many as
/// indices.
TESSERA_API Array repeat(const Array& x, const std::vector<std::int64_t>& repeats,
                         std::optional<std::int64_t> axis = {});
/// x `reps[i]` times along axis i; the shorter of shape and `reps` has ones before it. throws ValueError for a negative
/// number.
TESSERA_API Array tile(const Array& x, const Dims& reps);

/// Arrays in lists in lists, as `block` joins them: an array alone, or a list.
struct Blocks {
  Blocks(const Array& one) : array(one) {}                   // NOLINT
  Blocks(std::vector<Blocks> all) : list(std::move(all)) {}  // NOLINT
  Blocks(std::initializer_list<Blocks> all) : list(all) {}   // NOLINT
  std::optional<Array> array{};
  std::vector<Blocks> list{};
};
/// The innermost lists joined along the last axis, those around them along the one before, and so on. Arrays with fewer
/// axes than lists have lists around them get axes of length 1 in front. throws ShapeError when parts don't fit,
/// ValueError for an empty list or lists that are not nested equally deep.
TESSERA_API Array block(const Blocks& arrays);

}  // namespace tessera
