#pragma once
// A Program on the GPU.
#include <memory>

#include <tessera/core/cuda/source.hpp>
#include <tessera/core/cuda/streams.hpp>
#include <tessera/core/device/device.hpp>

namespace tessera::cuda {

class MapKernel final : public Kernel {
 public:
  /// `streams` outlives it. throws InternalError, IoError.
  MapKernel(const Program& program, std::shared_ptr<const Context> context, Streams& streams);
  ~MapKernel() override;

  void map(Stream stream, const Dims& extent, std::span<const StridedInput> inputs, std::span<const ScalarBits> scalars,
           std::span<const StridedOutput> outputs, bool streaming) const override;
  /// throws InternalError: no fold is computed there yet (Device::computes).
  void reduce(Stream stream, std::span<const FoldInto> folds, const Dims& extent, std::uint32_t reduced,
              const Dims& leaf, std::span<const StridedInput> inputs, std::span<const ScalarBits> scalars,
              const FoldedPositions& positions) const override;

 private:
  struct Operands;
  void launch(Stream stream, const Operands& operands, std::int64_t shift) const;

  const std::shared_ptr<const Context> context_;
  Streams& streams_;
  const CallLayout layout_;
  const std::vector<std::int64_t> items_;  // of the inputs, then of the outputs, bytes
  const int pack_;
  CUmodule module_ = nullptr;
  CUfunction packs_ = nullptr, run_ = nullptr, near_ = nullptr, far_ = nullptr;
};

}  // namespace tessera::cuda
