#include <tessera/distributed/execute/staging.hpp>

namespace tessera {

Staging::~Staging() {
  if (!memory_.data()) return;
  Failure unheard;  // the device has failed then: whoever waits for its results hears of it
  unheard.guard([&] { execution_.device.wait(sent_); });
}

std::byte* Staging::take(std::int64_t bytes) {
  execution_.device.wait(sent_);
  sent_ = {};
  if (memory_.bytes() < bytes || !memory_.data()) {
    memory_ = Buffer();
    memory_ = Buffer(execution_.pool, bytes, "what goes to a device or comes from it");
  }
  return memory_.data();
}

void Staging::send(const Dims& extent, std::int64_t item, const StridedOutput& to) {
  execution_.device.copy(stream_, extent, item, {memory_.data(), row_major_strides(extent, item)}, to);
  sent_ = execution_.device.record(stream_);
}

std::byte* Staging::bring(const Dims& extent, std::int64_t item, const StridedInput& from) {
  std::int64_t bytes = item;
  for (const auto e : extent) bytes *= e;
  std::byte* to = take(bytes);
  execution_.bring(stream_, extent, item, from, {to, row_major_strides(extent, item)});
  return to;
}

}  // namespace tessera
