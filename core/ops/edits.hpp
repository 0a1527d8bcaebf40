#pragma once
// Arrays with something put in, taken out or added, under NumPy's names and rules; the arguments stay as they are. Lazy:
// joined slices, which are not copied.
#include <optional>
#include <vector>

#include <tessera/core/array.hpp>

namespace tessera {

/// The values behind x along `axis`; without one, both as 1-d arrays. throws ShapeError when shapes differ elsewhere.
TESSERA_API Array append(const Array& x, const Array& values, std::optional<std::int64_t> axis = {});
/// The values, in the dtype of x, before the indices of x along `axis` (negative ones count from the end); without an axis,
/// of x as a 1-d array. Several indices take a value each, or one for all; one index takes all values.
/// throws IndexError for an index out of range, ShapeError when values don't broadcast.
TESSERA_API Array insert(const Array& x, const std::vector<std::int64_t>& indices, const Array& values,
                         std::optional<std::int64_t> axis = {});
/// The same before one index: the first axis of the values is the one that is inserted along.
TESSERA_API Array insert(const Array& x, std::int64_t index, const Array& values,
                         std::optional<std::int64_t> axis = {});
/// x without these indices along `axis` (NumPy's delete); without an axis, of x as a 1-d array. throws IndexError.
TESSERA_API Array delete_at(const Array& x, const std::vector<std::int64_t>& indices,
                            std::optional<std::int64_t> axis = {});

}  // namespace tessera
