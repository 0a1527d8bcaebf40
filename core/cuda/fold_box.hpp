#pragma once
// The axes of a fold as few as it takes, kept and reduced ones apart, without a change in the order of its elements.
#include <vector>

#include <tessera/core/cuda/box.hpp>

namespace tessera::cuda {

struct FoldAxes {
  Dims extent, leaf;          ///< leaf: of what is folded together; of kept axes their extent
  std::vector<Dims> strides;  ///< of each operand
};
struct FoldBox {
  bool along;              ///< the last axis is reduced: 64 lanes an output
  FoldAxes kept, reduced;  ///< at least one axis each; reduced: the last one is the rows'
  std::int64_t outputs, leaves;
};
/// Kernel::reduce's box, which is not empty. strides: of each operand, as many as axes.
/// Reduced axes become one where each leaf has the inner one whole, and lanes stay in step.
FoldBox fold_box(const Dims& extent, std::uint32_t reduced, const Dims& leaf, const std::vector<Dims>& strides);

}  // namespace tessera::cuda
