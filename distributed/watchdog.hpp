#pragma once
// Watchdog: notices that a phase makes no progress. It counts steps, not time in the phase: a job of a day is fine as
// long as something moves every `seconds`. Nothing is watched while it is suspended (between evaluations), so a program
// that sits idle for an hour is not a stall.
//
// What moves: steps that are told to it (progress), pieces of files and messages (core/signs.hpp), and, once it follows
// a heartbeat, the steps of all other ranks: a rank that waits for a slower one does not stand still. A host from which
// nothing is heard any more is reported before any limit, with its name.
//
//   Watchdog dog(300, [](const Stall& s) { fmt::print(stderr, "{}\n", to_string(s)); abort_program(5); });
//   { Watchdog::Watch watch(dog); dog.stage("stage 2 of 3: mean of x"); ... dog.progress(); ... }
//
// The callback runs on the watchdog's own thread, once per stall. It must not throw: nobody could catch it.
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <tessera/core/export.hpp>
#include <tessera/distributed/peer_report.hpp>

namespace tessera {

/// What had been under way when nothing moved any more.
struct Stall {
  int rank = 0;
  double seconds = 0;                ///< without progress
  std::string stage;                 ///< "stage 2 of 3: read and reduce"
  bool waiting = false;              ///< for other ranks
  std::string host{};                ///< this rank's; empty: not said
  std::optional<Silence> silence{};  ///< what explains it: a rank of which nothing is heard
};
/// "rank 1 on n01: no progress on any rank for 300 s in stage 2 of 3: read and reduce (waiting for other ranks)", or
/// "rank 0 on n01: nothing heard from rank 1 on n02 for 12 s, which was in ...: the host or its network has failed;
/// ..."
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
  void stage(std::string stage);

  /// Called once when a host falls silent; returns how many more seconds of silence to bear before the callback is
  /// called.
  using SilenceCallback = std::function<double(const Stall&)>;
  /// From now on looks at other ranks as well. At most once, while nothing is watched.
  void follow(std::shared_ptr<const PeerReport> peers, std::string host, SilenceCallback silent = {});
  /// What the rank is at, for others to read. Any thread.
  std::uint64_t steps() const;
  std::string stage() const;

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
  std::uint64_t all_steps() const;
  /// Looks for a silent host. returns: whether there is one, which then explains whatever else stands still.
  bool look_for_silence(std::unique_lock<std::mutex>& lock);
  void report(const Stall& stall, std::unique_lock<std::mutex>& lock);

  const double seconds_;
  const Callback callback_;
  const int rank_;
  std::atomic<std::uint64_t> steps_{0};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string stage_, host_;
  std::shared_ptr<const PeerReport> peers_;
  SilenceCallback silent_;
  std::optional<double> bearable_;  // seconds of the silence that was told of; empty: there is none
  bool given_up_ = false;           // on that silence
  int watching_ = 0;
  bool running_ = false, stop_ = false;
  std::thread thread_;
};

}  // namespace tessera
