#pragma once
// One GPU of this process: the driver, its context, what it is.
#include <cstdint>
#include <memory>
#include <string>

#include <tessera/core/cuda/driver.hpp>
#include <tessera/core/cuda/kernel_cache.hpp>

namespace tessera::cuda {

class Context {
 public:
  /// Holds the primary context of GPU `ordinal`. throws IoError.
  Context(const Driver& driver, const Nvrtc& nvrtc, int ordinal);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const Driver& driver() const { return driver_; }
  /// Makes it the calling thread's. Every call of the driver needs that; it costs little.
  const Driver& enter() const;
  void check(Result result, const char* what) const { cuda::check(driver_, result, what); }
  int ordinal() const { return ordinal_; }
  int multiprocessors() const { return multiprocessors_; }
  /// 90 of an H100.
  int compute_capability() const { return capability_; }
  /// Of this GPU, or part of one, alone, in hexadecimal digits.
  std::string uuid() const;
  /// Bytes of the GPU that nobody has.
  std::int64_t free_bytes() const;
  /// Machine code for this GPU, from the disk where it is there. user: as Module has it. throws as Module's constructor does.
  std::string compile(const std::string& text, const std::string& user = {}) const;

 private:
  const Driver& driver_;
  const Nvrtc& nvrtc_;
  const int ordinal_;
  CUdevice device_ = 0;
  CUcontext context_ = nullptr;
  int multiprocessors_ = 1, capability_ = 0;
  std::string architecture_;  // "sm_90"
  const KernelCache cache_ = KernelCache::of_environment();
};

}  // namespace tessera::cuda
