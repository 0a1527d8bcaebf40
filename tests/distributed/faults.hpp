#pragma once
// Failures on order: pread, pwrite, fsync, aligned_alloc and operator new of the program (faults.cpp) stand before the
// system's, and the n-th call of one kind fails while a Fault lives. Calls count only while something is Armed: what a
// test itself allocates is not what is tested.
#include <atomic>

namespace tessera::testing {

enum class FaultKind { none, read, write, flush, pool, allocation };

struct Fault {
  inline static std::atomic<FaultKind> kind{FaultKind::none}, armed{FaultKind::none};
  inline static std::atomic<long> countdown{0};
  inline static std::atomic<bool> fired{false};

  /// The call number `n` (from 0) of this kind fails, once; `active` says whether on this rank.
  Fault(FaultKind k, long n, bool active) {
    fired = false;
    countdown = n;
    kind = active ? k : FaultKind::none;
  }
  ~Fault() { kind = FaultKind::none; }
  Fault(const Fault&) = delete;
  Fault& operator=(const Fault&) = delete;

  struct Armed {
    Armed() { armed = kind.load(); }
    ~Armed() { armed = FaultKind::none; }
    Armed(const Armed&) = delete;
    Armed& operator=(const Armed&) = delete;
  };

  static bool fails(FaultKind k) {
    if (armed.load(std::memory_order_relaxed) != k || countdown-- != 0) return false;
    fired = true;
    return true;
  }
};

}  // namespace tessera::testing
