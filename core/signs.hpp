#pragma once
// Signs of life of this process, which a watchdog looks at (distributed/watchdog.hpp): what files and messages have
// moved, and whether the caller's thread is waiting for other ranks. Counters that only grow; a reader looks whether
// they changed.
#include <atomic>
#include <cstdint>

#include <tessera/core/export.hpp>

namespace tessera {

struct Signs {
  std::atomic<std::uint64_t> moved{0};  ///< pieces of files and of messages that came or went
  std::atomic<int> waiting{0};          ///< calls that wait for other ranks just now
};

/// Of the process: all its sessions share one thread that talks to other ranks.
TESSERA_API Signs& signs() noexcept;

/// A piece of a file or a message has moved. A few nanoseconds.
inline void note_moved() noexcept { signs().moved.fetch_add(1, std::memory_order_relaxed); }

/// Says that this thread waits for other ranks, while it lives.
class WaitingForRanks {
 public:
  WaitingForRanks() noexcept { signs().waiting.fetch_add(1, std::memory_order_relaxed); }
  ~WaitingForRanks() { signs().waiting.fetch_sub(1, std::memory_order_relaxed); }
  WaitingForRanks(const WaitingForRanks&) = delete;
  WaitingForRanks& operator=(const WaitingForRanks&) = delete;
};

}  // namespace tessera
