#pragma once
// Generators on the GPU: ranges, and random numbers, whose bits are the CPU's, of normal ones the last but a few.
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <tessera/core/box.hpp>
#include <tessera/core/cuda/module.hpp>
#include <tessera/core/kernel/generator.hpp>

namespace tessera::cuda {

/// True for ranges, uniform and normal numbers and integers of equal likelihood.
bool has_generator(const Generator& generator);

/// Kernels of generators, compiled when they are first asked for. Thread-safe.
class Generators {
 public:
  explicit Generators(std::shared_ptr<const Context> context) : context_(std::move(context)) {}
  /// As Device::generate. throws InternalError, IoError.
  void generate(CUstream stream, const Generator& generator, DType type, const Shape& shape, const Box& box,
                std::byte* to);

 private:
  struct Kernel {
    Kernel(std::shared_ptr<const Context> context, const std::string& text)
        : module(std::move(context), text), function(module.function("generate")) {}
    Module module;
    CUfunction function;
  };
  const Kernel& kernel(const std::string& body);

  const std::shared_ptr<const Context> context_;
  std::mutex mutex_;
  std::map<std::string, Kernel> made_;
};

/// The text of a generator's kernel, `generate`.
std::string generator_source(const Generator& generator, DType type);

}  // namespace tessera::cuda
