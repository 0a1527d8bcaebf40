#pragma once
// How the label of an axis follows through slices, operands and parts that are joined (labels.hpp).
#include <vector>

#include <tessera/core/index_transform.hpp>
#include <tessera/core/labels.hpp>

namespace tessera {

using AxisOrigin = std::shared_ptr<const AxisLabel::Origin>;

/// The axis of which index i is index `a.offset + a.stride * i` of the labelled one.
AxisLabel cut(AxisLabel label, const IndexTransform::Axis& a, std::int64_t length);
/// What two operands together say of an axis.
void merge(AxisLabel& into, const AxisLabel& other);
/// The origins along the axis that parts of these labels are joined along, in their order; nothing where one has none.
std::vector<AxisOrigin> joined(const std::vector<const AxisLabel*>& parts);

}  // namespace tessera
