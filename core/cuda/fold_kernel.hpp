#pragma once
// A Program and what folds its elements, on the GPU.
#include <memory>
#include <span>
#include <vector>

#include <tessera/core/cuda/fold_source.hpp>
#include <tessera/core/cuda/module.hpp>
#include <tessera/core/kernel/strided.hpp>

namespace tessera::cuda {

class FoldKernel {
 public:
  /// throws InternalError, IoError.
  FoldKernel(const Program& program, std::vector<Fold> folds, std::shared_ptr<const Context> context);
  /// As Kernel::reduce, for these folds in this order. The box is not empty.
  void reduce(CUstream stream, std::span<const FoldInto> folds, const Dims& extent, std::uint32_t reduced,
              const Dims& leaf, std::span<const StridedInput> inputs, std::span<const ScalarBits> scalars,
              const FoldedPositions& positions) const;

 private:
  const FoldCallLayout layout_;
  std::vector<std::int64_t> items_;  // of the inputs, bytes
  const int lanes_, outputs_;        // of a thread, where operands come in packs
  const Module module_;
  const CUfunction along_packs_, along_any_, across_packs_, across_any_;
};

}  // namespace tessera::cuda
