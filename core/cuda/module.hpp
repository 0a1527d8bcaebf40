#pragma once
// Kernels of one text, compiled and loaded.
#include <memory>
#include <string>

#include <tessera/core/cuda/context.hpp>
#include <tessera/core/kernel/user_function.hpp>

namespace tessera::cuda {

class Module {
 public:
  /// user: whose the text is, when it has one of a user's in it: "map 'hypot'".
  /// throws IoError; where NVRTC refuses the text, ValueError with what it says if it is a user's, else InternalError.
  Module(std::shared_ptr<const Context> context, const std::string& text, const std::string& user = {});
  ~Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  /// throws IoError when there is none of that name.
  CUfunction function(const char* name) const;
  /// null when there is none of that name.
  CUfunction find(const char* name) const;
  /// Blocks of 256 threads for work of so many, as many as fill the GPU; `call` is the kernel's only argument.
  void launch(CUfunction function, std::int64_t threads, const void* call, CUstream stream) const;
  /// arguments: where each lies.
  void launch(CUfunction function, const CudaGrid& grid, void** arguments, CUstream stream) const;

 private:
  const std::shared_ptr<const Context> context_;
  CUmodule module_ = nullptr;
};

}  // namespace tessera::cuda
