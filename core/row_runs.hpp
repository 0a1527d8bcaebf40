#pragma once
// A box of a reshaped array in boxes of the array before. In memory of the box, whose last axes follow one another
// without gaps, a range of row-major positions is one range; before the reshape it is a few boxes.
#include <functional>

#include <tessera/core/axis_groups.hpp>
#include <tessera/core/box.hpp>

namespace tessera {

/// Calls f(part, offset, along) for boxes of `from` that make up `box` of `to`: in memory of `strides` bytes per axis of
/// `box` (multiples of what one element takes), the part begins `offset` bytes after its first element and has `along`
/// bytes per axis.
/// groups: axis_groups(from, to).
TESSERA_API void for_each_row_run(const std::vector<AxisGroup>& groups, const Shape& from, const Shape& to,
                                  const Box& box, const Dims& strides,
                                  const std::function<void(const Box&, std::int64_t, const Dims&)>& f);

}  // namespace tessera
