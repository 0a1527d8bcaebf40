#pragma once
// What masks select, under NumPy's names and rules. The shape of a result depends on the mask's elements, so these
// functions have them counted at once, by a function that evaluates an array of counts: collective when that is
// (<tessera/distributed/masks.hpp> has the same functions of a Session). The rest is lazy: a result has its exact shape, one
// chunk for each chunk of the mask in which something is selected, and is made tile by tile when it is evaluated. Its
// evaluation throws ValueError when the mask selects other elements than were counted.
#include <functional>
#include <vector>

#include <tessera/core/ops/gather.hpp>

namespace tessera {

/// Evaluates a 1-d array of int64. Of float64, which estimators of bins ask for, it gives the elements' bits.
using CountMask = std::function<std::vector<std::int64_t>(const Array& counts)>;

/// x[items], where arrays may also be masks: of as many axes of x as they have, with the same lengths. throws IndexError for
/// a mask of another shape.
TESSERA_API Array index(const Array& x, const std::vector<ArrayIndex>& items, const CountMask& count);
/// Along `axis`, the slices of x where the 1-d condition, which may be shorter, is true; without one, elements in row-major
/// order.
TESSERA_API Array compress(const Array& condition, const Array& x, std::optional<std::int64_t> axis,
                           const CountMask& count);
/// The elements of x where the condition, of the same shape, is true (not 0).
TESSERA_API Array extract(const Array& condition, const Array& x, const CountMask& count);
/// The same of several arrays, whose condition is counted once.
TESSERA_API std::vector<Array> extract(const Array& condition, const std::vector<Array>& arrays,
                                       const CountMask& count);
/// Where x is not 0: the indices of its elements in row-major order, an array of int64 for each axis. The mask is walked
/// once for each.
TESSERA_API std::vector<Array> nonzero(const Array& x, const CountMask& count);
/// The same as places in row-major order.
TESSERA_API Array flatnonzero(const Array& x, const CountMask& count);
/// The same as one array, of shape (elements, axes).
TESSERA_API Array argwhere(const Array& x, const CountMask& count);

/// How many elements there are to count at most, for each of `counts`: what a mask selects that is true everywhere. For
/// plans of what has not been counted.
TESSERA_API std::vector<std::int64_t> most_counted(const Array& counts);

}  // namespace tessera
