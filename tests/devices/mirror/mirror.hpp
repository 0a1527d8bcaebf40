#pragma once
// Mirror: a device that is no other processor, but whose memory is its own (memory.hpp), whose work is put off (streams.hpp), and
// which can't compute everything (no complex numbers, no laws of random numbers, no folds of the user's). What works on it does not
// lean on the host's memory, or on work being done at once. It is in the list of devices of every program that it is linked with,
// or that it is loaded before (LD_PRELOAD).
#include <atomic>
#include <cstdint>

namespace mirror {

/// Of all mirrors of the process.
struct Counters {
  std::atomic<std::int64_t> compiled{0}, maps{0}, reductions{0}, combinations{0}, generated{0};
  std::atomic<std::int64_t> copies{0}, bytes_to_device{0}, bytes_to_host{0};
  /// The work, counted from here, that fails; 0: none.
  std::atomic<std::int64_t> fails_at{0};
};
Counters& counters();

}  // namespace mirror
