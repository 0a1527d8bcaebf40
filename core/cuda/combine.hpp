#pragma once
// States of folds, combined on the GPU: their bits are the CPU's (core/cpu/states.hpp).
#include <memory>
#include <string>

#include <tessera/core/cuda/kernel_texts.hpp>
#include <tessera/core/kernel/fold.hpp>

namespace tessera::cuda {

/// Kernels that combine states, compiled when they are first asked for. Thread-safe.
class StateCombiners {
 public:
  explicit StateCombiners(std::shared_ptr<const Context> context)
      : context_(std::move(context)), kernels_(context_, "combine") {}
  /// As Device::combine, of folds that there is a text for (has_fold_source). throws InternalError, IoError.
  void combine(CUstream stream, const Fold& fold, std::int64_t n, std::byte* into, const std::byte* from,
               std::int64_t into_count, std::int64_t from_count);

 private:
  const std::shared_ptr<const Context> context_;
  KernelTexts kernels_;  // by what a lane keeps
};

/// The text of the kernel `combine` for states of this fold.
std::string combine_source(const Fold& fold);

}  // namespace tessera::cuda
