#pragma once
// Kernels of one name in several texts, each compiled when it is first asked for.
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <tessera/core/cuda/module.hpp>

namespace tessera::cuda {

/// Thread-safe.
class KernelTexts {
 public:
  /// `function`: the kernel's name, in all texts; a literal.
  KernelTexts(std::shared_ptr<const Context> context, const char* function)
      : context_(std::move(context)), function_(function) {}
  /// Gives the stream the kernel that `key` stands for; `text()` is asked for once. threads, call: as Module::launch. throws IoError.
  template <class Text>
  void launch(const std::string& key, const Text& text, std::int64_t threads, const void* call, CUstream stream) {
    std::unique_lock lock(mutex_);
    auto known = made_.find(key);
    if (known == made_.end()) known = made_.try_emplace(key, context_, text(), function_).first;
    const Kernel& kernel = known->second;  // stays where it is
    lock.unlock();
    kernel.module.launch(kernel.function, threads, call, stream);
  }

 private:
  struct Kernel {
    Kernel(std::shared_ptr<const Context> context, const std::string& text, const char* name)
        : module(std::move(context), text), function(module.function(name)) {}
    Module module;
    CUfunction function;
  };

  const std::shared_ptr<const Context> context_;
  const char* const function_;
  std::mutex mutex_;
  std::map<std::string, Kernel> made_;
};

}  // namespace tessera::cuda
