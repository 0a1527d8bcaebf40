#pragma once
// What a rank knows of the others while they compute: the heartbeat writes it, the watchdog reads it, each on its own
// thread.
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

namespace tessera {

/// A rank of which nothing is heard: its host is cut off, has crashed, or stands still as a whole.
struct Silence {
  int rank = 0;
  std::string host;
  double seconds = 0;  ///< since it was last heard of
  std::string stage;   ///< what it was doing then
};

class PeerReport {
 public:
  /// Grows, or at least changes, while any rank of the session does something.
  std::atomic<std::uint64_t> steps{0};
  /// False as long as some rank could not be heard at all (a firewall between the hosts): then `steps` is not the whole
  /// story.
  std::atomic<bool> complete{false};

  void set_silence(std::optional<Silence> silence) {
    std::lock_guard lock(mutex_);
    silence_ = std::move(silence);
  }
  std::optional<Silence> silence() const {
    std::lock_guard lock(mutex_);
    return silence_;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<Silence> silence_;
};

}  // namespace tessera
