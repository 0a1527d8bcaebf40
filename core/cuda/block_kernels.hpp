#pragma once
// Calls of users' kernels over chunks, which are compiled when they are first called.
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include <tessera/core/cuda/module.hpp>
#include <tessera/core/kernel/user_function.hpp>

namespace tessera::cuda {

/// Thread-safe.
class BlockKernels {
 public:
  explicit BlockKernels(std::shared_ptr<const Context> context) : context_(std::move(context)) {}
  /// As Device::call. throws ValueError, IoError.
  void call(CUstream stream, const ChunkFunction& function, std::span<const BlockMemory> inputs, const BlockMemory& to,
            const BlockPlace& place);

 private:
  struct Kernel {
    Kernel(std::shared_ptr<const Context> context, const ChunkFunction& function);
    Module module;
    CUfunction function;
  };
  const Kernel& kernel(const ChunkFunction& function);
  void fill_zero(CUstream stream, const BlockMemory& to, std::int64_t item) const;

  const std::shared_ptr<const Context> context_;
  std::mutex mutex_;
  std::map<std::string, Kernel> made_;  // by text
};

}  // namespace tessera::cuda
