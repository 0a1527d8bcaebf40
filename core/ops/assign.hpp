#pragma once
// Assignment to elements, as functions that give the new array: x stays as it is. Lazy; the result is made in memory. Index
// arrays are as in gather.hpp. Of several values for one element the last in row-major order of the indices stays, on any
// number of ranks. Values broadcast, and are converted to the dtype of x. With a mask it is where(mask, values, x).
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/gather.hpp>

namespace tessera {

/// x after x[items] = values. throws IndexError for a mask, ShapeError when the values don't broadcast to the shape of
/// x[items], or that has more axes than x[items] without newaxis: there are none.
TESSERA_API Array assign(const Array& x, const std::vector<ArrayIndex>& items, const Operand& values);
/// x after its elements in row-major order at these places got the values, which broadcast to the shape of `indices`
/// (NumPy repeats them).
TESSERA_API Array put(const Array& x, const Array& indices, const Operand& values);
/// x after its elements that take_along_axis(x, indices, axis) gives got the values.
TESSERA_API Array put_along_axis(const Array& x, const Array& indices, const Operand& values, std::int64_t axis);

}  // namespace tessera
