#pragma once
// The Kernel behind kernel.hpp: one Code per way of ending, built when first asked for.
#include <array>
#include <mutex>

#include <tessera/core/cpu/assemble.hpp>
#include <tessera/core/cpu/kernel.hpp>
#include <tessera/core/cpu/target.hpp>

namespace tessera::cpu {

class CompiledKernel final : public Kernel {
 public:
  CompiledKernel(Program program, const Machine& machine, bool fma);

  void map(const Dims& extent, std::span<const StridedInput> inputs, std::span<const ScalarBits> scalars,
           std::span<const StridedOutput> outputs, bool streaming) const override;
  using Kernel::reduce;
  void reduce(std::span<const FoldInto> folds, const Dims& extent, std::uint32_t reduced, const Dims& leaf,
              std::span<const StridedInput> inputs, std::span<const ScalarBits> scalars,
              const FoldedPositions& positions) const override;

 private:
  static constexpr int sinks = static_cast<int>(Sink::all) + 1;
  const Code& code(Sink sink) const;

  const Program program_;
  const Machine& machine_;
  const bool fma_;
  const OperandTable table_;
  const std::int64_t slot_bytes_;
  mutable std::array<std::once_flag, sinks> once_;
  mutable std::array<Code, sinks> codes_;
};

}  // namespace tessera::cpu
