#include <tessera/distributed/execute/staging.hpp>

namespace tessera {
namespace {

// Any numbers that no worker has.
Stream sending_of(Stream worker) { return {-1 - 2 * worker.number}; }
Stream bringing_of(Stream worker) { return {-2 - 2 * worker.number}; }

}  // namespace

Staging::Staging(Execution& execution, Stream stream, const StagingBytes& bytes, int turns)
    : execution_(execution),
      stream_(stream),
      sending_(sending_of(stream)),
      bringing_(bringing_of(stream)),
      bytes_(bytes),
      to_device_(static_cast<std::size_t>(turns)),
      from_device_(bytes.brought.size()),
      next_brought_(bytes.brought.size()) {
  for (auto& blocks : from_device_) blocks = std::vector<Block>(static_cast<std::size_t>(turns));
}

Staging::~Staging() {
  Failure unheard;  // the device has failed then: whoever waits for its results hears of it
  unheard.guard([&] { wait(); });
}

std::byte* Staging::memory_of(Block& block, Amount bytes) {
  if (!block.memory.data())
    block.memory = Buffer(execution_.pinned_pool, bytes.value(), "what goes to a device or comes from it");
  return block.memory.data();
}

std::byte* Staging::take() {
  Block& block = to_device_[next_sent_];
  execution_.device.wait(block.sent);
  block.sent = {};
  return memory_of(block, bytes_.sent);
}

void Staging::send(const Dims& extent, std::int64_t item, const StridedOutput& to, const Event& free) {
  Block& block = to_device_[next_sent_];
  next_sent_ = (next_sent_ + 1) % to_device_.size();
  Device& device = execution_.device;
  device.wait(sending_, free);
  device.copy(sending_, extent, item, {block.memory.data(), row_major_strides(extent, item)}, to);
  block.sent = device.record(sending_);
  device.wait(stream_, block.sent);
}

Event Staging::bring(std::size_t output, const Dims& extent, std::int64_t item, const StridedInput& from, Put put) {
  auto& blocks = from_device_[output];
  Block& block = blocks[next_brought_[output]];
  next_brought_[output] = (next_brought_[output] + 1) % blocks.size();
  while (block.full) put_first();
  const StridedOutput to{memory_of(block, bytes_.brought[output]), row_major_strides(extent, item)};
  Device& device = execution_.device;
  device.wait(bringing_, device.record(stream_));
  device.copy(bringing_, extent, item, from, to);
  const Event came = device.record(bringing_);
  waiting_.push_back({&block, came, std::move(put)});
  block.full = true;
  return came;
}

void Staging::after(std::function<void()> f) {
  if (waiting_.empty()) return f();
  waiting_.push_back({nullptr, {}, [f = std::move(f)](std::byte*) { f(); }});
}

void Staging::put_first() {
  const Waiting first = std::move(waiting_.front());
  waiting_.pop_front();
  if (first.block) {
    first.block->full = false;
    execution_.device.wait(first.came);
  }
  first.put(first.block ? first.block->memory.data() : nullptr);
}

void Staging::finish() {
  while (!waiting_.empty()) put_first();
}

void Staging::wait() {
  const bool brings = std::any_of(from_device_.begin(), from_device_.end(),
                                  [](const std::vector<Block>& blocks) { return blocks[0].memory.data(); });
  if (to_device_[0].memory.data()) execution_.device.wait(sending_);
  if (brings) execution_.device.wait(bringing_);
}

}  // namespace tessera
