#pragma once
// Products of matrices of integers and bools, by a kernel of ours: with the CPU's bits.
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <tessera/core/cuda/module.hpp>
#include <tessera/core/device/host_products.hpp>

namespace tessera::cuda {

/// The text of the kernel `multiply_integers`. type: an integer or bool; integers of one width have one text.
std::string integer_product_source(DType type);

/// Kernels are compiled when they are first asked for. Thread-safe.
class IntegerProducts {
 public:
  explicit IntegerProducts(std::shared_ptr<const Context> context) : context_(std::move(context)) {}
  /// As Device::multiply; without scratch memory. throws IoError.
  void multiply(CUstream stream, DType type, const MatrixProduct& p);

 private:
  struct Kernel {
    Kernel(std::shared_ptr<const Context> context, const std::string& text)
        : module(std::move(context), text), function(module.function("multiply_integers")) {}
    Module module;
    CUfunction function;
  };

  const std::shared_ptr<const Context> context_;
  std::mutex mutex_;
  std::map<std::string, Kernel> made_;  // by text
};

}  // namespace tessera::cuda
