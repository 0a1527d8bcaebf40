#pragma once
// Views: the same elements under other indices. Lazy and free: each is one affine index transform, composed and pushed
// down to the sources. throws ShapeError.
#include <tessera/core/array.hpp>

namespace tessera {

TESSERA_API Array permute_dims(const Array& x, const Dims& axes);
/// Axes reversed; with `axes`, permuted.
TESSERA_API Array transpose(const Array& x, const Dims& axes = {});
TESSERA_API Array swapaxes(const Array& x, std::int64_t axis1, std::int64_t axis2);
TESSERA_API Array moveaxis(const Array& x, std::int64_t source, std::int64_t destination);
/// Several at once: the other axes stay in their order. throws ShapeError also when there are not as many on both sides, or
/// one is given twice.
TESSERA_API Array moveaxis(const Array& x, const Dims& source, const Dims& destination);
/// Reversed along `axes` (all when empty).
TESSERA_API Array flip(const Array& x, const Dims& axes = {});
/// A new axis of length 1 before `axis` (of the result).
TESSERA_API Array expand_dims(const Array& x, std::int64_t axis);
/// New axes of length 1, which are these of the result. throws ShapeError also when one is given twice.
TESSERA_API Array expand_dims(const Array& x, const Dims& axes);
/// Without the given axes of length 1 (all of them when empty).
TESSERA_API Array squeeze(const Array& x, const Dims& axes = {});
TESSERA_API Array broadcast_to(const Array& x, const Shape& shape);

}  // namespace tessera
