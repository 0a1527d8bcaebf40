#pragma once
// Watchdog: notices that a phase makes no progress. It counts steps, not time in the phase: a job of a day is fine as
// long as something moves every `seconds`. Nothing is watched while it is suspended (between evaluations), so a program
// that sits idle for an hour is not a stall.
//
//   Watchdog dog(300, [](const Stall& s) { fmt::print(stderr, "{}\n", to_string(s)); abort_program(5); });
//   { Watchdog::Watch watch(dog); dog.stage("stage 2 of 3", "mean of x"); ... dog.progress(); ... }
//
// The callback runs on the watchdog's own thread, once per stall.
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include <tessera/core/export.hpp>

namespace tessera {

/// What had been under way when nothing moved any more.
struct Stall {
  int rank = 0;
  double seconds = 0;     ///< without progress
  std::string stage;      ///< "stage 2 of 3: read and reduce"
  std::string operation;  ///< "read data.h5:/x"
};
/// "rank 1: no progress for 300 s in stage 2 of 3: read and reduce (read data.h5:/x)"
TESSERA_API std::string to_string(const Stall& stall);

class TESSERA_API Watchdog {
 public:
  using Callback = std::function<void(const Stall&)>;
  /// Off (no thread at all) when `seconds` is 0 or less. Starts suspended.
  Watchdog(double seconds, Callback callback, int rank = 0);
  ~Watchdog();  ///< returns at once, unless the callback is running
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// A step is done. Any thread; a few nanoseconds.
  void progress() noexcept { steps_.fetch_add(1, std::memory_order_relaxed); }
  /// What is being done from now on; counts as progress. Any thread.
  void stage(std::string stage, std::string operation = {});
  void operation(std::string operation);

  /// Watches while it lives. May nest.
  class Watch {
   public:
    explicit Watch(Watchdog& dog) : dog_(dog) { dog_.resume(); }
    ~Watch() { dog_.suspend(); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    Watchdog& dog_;
  };

 private:
  void resume();
  void suspend();
  void run();

  const double seconds_;
  const Callback callback_;
  const int rank_;
  std::atomic<std::uint64_t> steps_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string stage_, operation_;
  int watching_ = 0;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace tessera
