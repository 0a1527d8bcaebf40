#pragma once
// The GPU's memory, and the host's that it can reach. Blocks come from cuMemAlloc, whose memory MPI, NCCL and other processes may be given (a pool of the driver's
// may not), and all are kept for reuse by ours: cuMemFree waits for the whole GPU.
#include <memory>

#include <tessera/core/cuda/context.hpp>
#include <tessera/core/memory/source.hpp>

namespace tessera::cuda {

class DeviceMemory final : public MemorySource {
 public:
  explicit DeviceMemory(std::shared_ptr<const Context> context) : context_(std::move(context)) {}
  Space space() const override { return Space::device; }
  std::int64_t rounded(std::int64_t bytes) const override { return HostMemory::rounded_bytes(bytes); }
  std::int64_t kept_from() const override { return 0; }
  std::byte* take(std::int64_t bytes) noexcept override;
  void give_back(std::byte* block) noexcept override;
  bool shrink(std::byte*, std::int64_t, std::int64_t) noexcept override { return false; }

 private:
  const std::shared_ptr<const Context> context_;
};

// Memory of the host that stays where it is: from there and to there the GPU copies while everybody goes on. Pinning takes
// longer than copying, so all blocks are kept.
class PinnedMemory final : public MemorySource {
 public:
  explicit PinnedMemory(std::shared_ptr<const Context> context) : context_(std::move(context)) {}
  Space space() const override { return Space::pinned; }
  std::int64_t rounded(std::int64_t bytes) const override { return HostMemory::rounded_bytes(bytes); }
  std::int64_t kept_from() const override { return 0; }
  std::byte* take(std::int64_t bytes) noexcept override;
  void give_back(std::byte* block) noexcept override;
  bool shrink(std::byte*, std::int64_t, std::int64_t) noexcept override { return false; }

 private:
  const std::shared_ptr<const Context> context_;
};

}  // namespace tessera::cuda
