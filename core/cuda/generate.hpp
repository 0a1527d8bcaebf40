#pragma once
// Generators on the GPU: ranges, and random numbers, whose bits are the CPU's, of normal ones the last but a few.
#include <memory>
#include <string>

#include <tessera/core/box.hpp>
#include <tessera/core/cuda/kernel_texts.hpp>
#include <tessera/core/kernel/generator.hpp>

namespace tessera::cuda {

/// True for ranges, uniform and normal numbers and integers of equal likelihood.
bool has_generator(const Generator& generator);

/// Kernels of generators, compiled when they are first asked for. Thread-safe.
class Generators {
 public:
  explicit Generators(std::shared_ptr<const Context> context) : kernels_(std::move(context), "generate") {}
  /// As Device::generate. throws InternalError, IoError.
  void generate(CUstream stream, const Generator& generator, DType type, const Shape& shape, const Box& box,
                std::byte* to);

 private:
  KernelTexts kernels_;  // by what their bodies are
};

/// The text of a generator's kernel, `generate`.
std::string generator_source(const Generator& generator, DType type);

}  // namespace tessera::cuda
