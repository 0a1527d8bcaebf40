#pragma once
// Order. Lazy: each builds a Sort node. Elements are ordered as NumPy orders them: NaN last, -0 as 0, complex numbers by
// their real parts and then their imaginary ones. Equal elements stay in the order in which they were, so a result is
// the only one that there is: on any number of ranks, in any chunks.
#include <optional>

#include <tessera/core/array.hpp>
#include <tessera/core/axes.hpp>

namespace tessera {

struct SortOptions {
  ByName by_name{};
  std::optional<std::int64_t> axis = -1;  ///< negative ones count from the back; nothing: of the flattened array
  bool descending = false;                ///< from the largest on: NaN first
  bool stable = true;                     ///< sorts are stable in any case
};

// Both: x of one axis or more, or flattened (ravel). A row along the axis that lies in several chunks is moved to one where there are many
// short rows; else the chunks of a row stay with their ranks, and each rank receives what belongs in its own. throws
// ShapeError when the axis is out of range or x has none.
/// x in order along an axis. returns: shape and dtype of x.
TESSERA_API Array sort(const Array& x, const SortOptions& options = {});
/// Where the elements of `sort` are in x. returns: int64, the shape of x.
TESSERA_API Array argsort(const Array& x, const SortOptions& options = {});

// The k largest elements along an axis, from the largest on, or, of a negative k, the -k smallest from the smallest on;
// all where there are fewer. NaN counts as larger than any number. Where a row lies in several chunks its elements are
// counted, and only those that are asked for are moved and sorted. throws ShapeError as `sort`.
/// returns: dtype of x, |k| along the axis.
TESSERA_API Array topk(const Array& x, std::int64_t k, std::int64_t axis = -1);
/// Where they are in x; of equal ones those of smaller indices. returns: int64.
TESSERA_API Array argtopk(const Array& x, std::int64_t k, std::int64_t axis = -1);

}  // namespace tessera
