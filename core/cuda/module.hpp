#pragma once
// Kernels of one text, compiled and loaded.
#include <memory>
#include <string>

#include <tessera/core/cuda/context.hpp>

namespace tessera::cuda {

class Module {
 public:
  /// throws InternalError, IoError.
  Module(std::shared_ptr<const Context> context, const std::string& text);
  ~Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  /// throws IoError when there is none of that name.
  CUfunction function(const char* name) const;
  /// Blocks of 256 threads for work of so many, as many as fill the GPU; `call` is the kernel's only argument.
  void launch(CUfunction function, std::int64_t threads, const void* call, CUstream stream) const;

 private:
  const std::shared_ptr<const Context> context_;
  CUmodule module_ = nullptr;
};

}  // namespace tessera::cuda
