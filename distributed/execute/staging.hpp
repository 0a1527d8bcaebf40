#pragma once
// Staging: memory of the host through which a worker passes what goes between files and a device, one thing after
// another. Where tiles are computed in the host's memory nothing passes: it takes none then.
#include <tessera/distributed/execute/context.hpp>

namespace tessera {

class Staging {
 public:
  Staging(Execution& execution, Stream stream) : execution_(execution), stream_(stream) {}
  ~Staging();
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  /// Memory for so many bytes, which nothing uses any more.
  std::byte* take(std::int64_t bytes);
  /// Copies what was put there, dense, to the device. It is in use until then.
  void send(const Dims& extent, std::int64_t item, const StridedOutput& to);
  /// These elements, dense, in memory that the host reads, until the next `take` or `bring`.
  std::byte* bring(const Dims& extent, std::int64_t item, const StridedInput& from);

 private:
  Execution& execution_;
  const Stream stream_;
  Buffer memory_;
  Event sent_;
};

}  // namespace tessera
