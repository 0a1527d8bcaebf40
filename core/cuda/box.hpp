#pragma once
// A box as few axes as it takes: of the operands of one launch, or of both sides of a copy.
#include <vector>

#include <tessera/core/shape.hpp>

namespace tessera::cuda {

struct MergedBox {
  Dims extent;                ///< no axis of length 1
  std::vector<Dims> strides;  ///< of each operand, bytes
};
/// Axes that are one for all operands become one. `strides`: of each operand, as many as axes; the box is not empty.
MergedBox merge_axes(const Dims& extent, const std::vector<Dims>& strides);

}  // namespace tessera::cuda
