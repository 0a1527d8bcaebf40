#pragma once
// The driver's streams and events behind the numbers of Stream (core/device/device.hpp).
#include <map>
#include <memory>
#include <mutex>

#include <tessera/core/cuda/context.hpp>
#include <tessera/core/device/device.hpp>

namespace tessera::cuda {

class Streams {
 public:
  explicit Streams(std::shared_ptr<const Context> context) : context_(std::move(context)) {}
  ~Streams();
  /// Made when it is first asked for.
  CUstream operator[](Stream stream);
  Event record(Stream stream);
  void wait(Stream stream, const Event& event);
  void wait(const Event& event);
  bool is_done(const Event& event);
  void wait(Stream stream);

 private:
  const std::shared_ptr<const Context> context_;
  std::mutex mutex_;
  std::map<int, CUstream> made_;
};

}  // namespace tessera::cuda
