#pragma once
// Streams that put work off: what a stream is given is done when somebody waits for it, or some of it at once, by chance. A missing
// wait shows as elements that are not there yet, or no more.
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include <tessera/core/device/device.hpp>

namespace mirror {

using Work = std::function<void()>;

class Queue {
 public:
  void give(Work work);
  /// Does all work up to the `end`-th that was ever given.
  void do_until(std::int64_t end);
  std::int64_t given() const;

 private:
  mutable std::recursive_mutex mutex_;  // work may wait for another queue
  std::deque<Work> left_;
  std::int64_t given_ = 0, done_ = 0;
  std::uint64_t drawn_ = 0x9E3779B97F4A7C15;
};

class Streams {
 public:
  Queue& operator[](tessera::Stream stream);
  tessera::Event record(tessera::Stream stream);
  void wait(tessera::Stream stream, const tessera::Event& event);
  void wait(const tessera::Event& event);
  void wait(tessera::Stream stream);

 private:
  std::mutex mutex_;
  std::map<int, Queue> queues_;
};

}  // namespace mirror
