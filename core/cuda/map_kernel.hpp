#pragma once
// A Program on the GPU: its elements as they are, or folded. Either is compiled when it is first asked for.
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include <tessera/core/cuda/fold_kernel.hpp>
#include <tessera/core/cuda/module.hpp>
#include <tessera/core/cuda/source.hpp>
#include <tessera/core/cuda/streams.hpp>
#include <tessera/core/device/device.hpp>

namespace tessera::cuda {

class MapKernel final : public Kernel {
 public:
  /// `streams` outlives it.
  MapKernel(const Program& program, std::shared_ptr<const Context> context, Streams& streams);
  /// A user's function in the same loops; it folds nothing.
  MapKernel(const UserMap& function, std::shared_ptr<const Context> context, Streams& streams);

  void map(Stream stream, const Dims& extent, std::span<const StridedInput> inputs, std::span<const ScalarBits> scalars,
           std::span<const StridedOutput> outputs, bool streaming) const override;
  void reduce(Stream stream, std::span<const FoldInto> folds, const Dims& extent, std::uint32_t reduced,
              const Dims& leaf, std::span<const StridedInput> inputs, std::span<const ScalarBits> scalars,
              const FoldedPositions& positions) const override;

 private:
  struct Operands;
  /// The loops of map.cu.
  struct Functions {
    Functions(std::shared_ptr<const Context> context, const std::string& text, const std::string& user);
    Module module;
    CUfunction packs, run, near, far;
  };
  using FoldsKey = std::vector<std::pair<Combiner, DType>>;

  const Functions& functions() const;
  const FoldKernel& fold_kernel(std::span<const FoldInto> folds) const;
  void launch(Stream stream, const Operands& operands, std::int64_t shift) const;

  const Program program_;
  const std::string user_, user_text_;  // empty of Programs
  const std::shared_ptr<const Context> context_;
  Streams& streams_;
  const CallLayout layout_;
  const std::vector<std::int64_t> items_;  // of the inputs, then of the outputs, bytes
  const int pack_;
  mutable std::mutex mutex_;  // of what is compiled
  mutable std::optional<Functions> functions_;
  mutable std::map<FoldsKey, FoldKernel> folds_;
};

}  // namespace tessera::cuda
