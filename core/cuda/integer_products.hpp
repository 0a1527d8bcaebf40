#pragma once
// Products of matrices of integers and bools, by a kernel of ours: with the CPU's bits.
#include <memory>
#include <string>

#include <tessera/core/cuda/kernel_texts.hpp>
#include <tessera/core/device/host_products.hpp>

namespace tessera::cuda {

/// The text of the kernel `multiply_integers`. type: an integer or bool; integers of one width have one text.
std::string integer_product_source(DType type);

/// Kernels are compiled when they are first asked for. Thread-safe.
class IntegerProducts {
 public:
  explicit IntegerProducts(std::shared_ptr<const Context> context)
      : context_(std::move(context)), kernels_(context_, "multiply_integers") {}
  /// As Device::multiply; without scratch memory. throws IoError.
  void multiply(CUstream stream, DType type, const MatrixProduct& p);

 private:
  const std::shared_ptr<const Context> context_;
  KernelTexts kernels_;  // by dtype
};

}  // namespace tessera::cuda
