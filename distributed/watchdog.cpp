#include <tessera/distributed/watchdog.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include <tessera/core/signs.hpp>

namespace tessera {

std::string to_string(const Stall& stall) {
  std::string text = fmt::format("rank {}", stall.rank);
  if (!stall.host.empty()) text += " on " + stall.host;
  if (const auto& silent = stall.silence) {
    text += fmt::format(": nothing heard from rank {} on {} for {:.3g} s: that host, or the network to it, has failed",
                        silent->rank, silent->host, silent->seconds);
    if (!silent->stage.empty()) text += fmt::format("; it was in {}", silent->stage);
    if (!stall.stage.empty()) text += fmt::format("; this rank is in {}", stall.stage);
    return text;
  }
  text += fmt::format(": no progress for {:.3g} s", stall.seconds);
  if (!stall.stage.empty()) text += " in " + stall.stage;
  if (stall.waiting) text += ", waiting for other ranks, none of which gets on";
  return text;
}

Watchdog::Watchdog(double seconds, Callback callback, int rank)
    : seconds_(seconds), callback_(std::move(callback)), rank_(rank) {
  if (!(seconds_ > 0)) return;  // also for NaN, which is refused later
  std::unique_lock lock(mutex_);
  thread_ = std::thread([this] { run(); });
  // A thread that is being started takes locks that no fork releases in the child (of AddressSanitizer's allocator, say):
  // whoever forks next (io/apart.hpp) must not meet it there.
  changed_.wait(lock, [this] { return running_; });
}

Watchdog::~Watchdog() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Watchdog::stage(std::string stage) {
  std::lock_guard lock(mutex_);
  stage_ = std::move(stage);
  progress();
}

void Watchdog::follow(std::shared_ptr<const PeerReport> peers, std::string host, SilenceCallback silent) {
  std::lock_guard lock(mutex_);
  peers_ = std::move(peers);
  host_ = std::move(host);
  silent_ = std::move(silent);
}

std::uint64_t Watchdog::steps() const {
  return steps_.load(std::memory_order_relaxed) + signs().moved.load(std::memory_order_relaxed);
}

std::string Watchdog::stage() const {
  std::lock_guard lock(mutex_);
  return stage_;
}

std::uint64_t Watchdog::all_steps() const {
  return steps() + (peers_ ? peers_->steps.load(std::memory_order_relaxed) : 0);
}

// The watchdog's thread is not woken when watching starts (an evaluation may take microseconds): it looks four times
// per limit.
void Watchdog::resume() {
  std::lock_guard lock(mutex_);
  watching_++;
  progress();
}

void Watchdog::suspend() {
  std::lock_guard lock(mutex_);
  watching_--;
  progress();
}

void Watchdog::report(const Stall& stall, std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  callback_(stall);
  lock.lock();
}

bool Watchdog::look_for_silence(std::unique_lock<std::mutex>& lock) {
  std::optional<Silence> silence = peers_ && watching_ > 0 ? peers_->silence() : std::nullopt;
  if (!silence) {
    bearable_.reset();
    given_up_ = false;
    return false;
  }
  const double seconds = silence->seconds;
  const Stall stall{rank_, seconds, stage_, false, host_, std::move(silence)};
  if (!bearable_) {
    bearable_ = seconds;
    if (silent_) {
      lock.unlock();
      const double more = silent_(stall);
      lock.lock();
      bearable_ = seconds + more;
    }
  }
  if (seconds >= *bearable_ && !given_up_) {
    given_up_ = true;
    report(stall, lock);
  }
  return true;
}

void Watchdog::run() {
  using Clock = std::chrono::steady_clock;
  const auto pause = std::chrono::duration<double>(std::clamp(seconds_ / 4, 0.001, 1.0));
  std::uint64_t seen = steps();
  auto since = Clock::now(), last = since;
  bool reported = false;
  std::unique_lock lock(mutex_);
  running_ = true;
  changed_.notify_all();
  while (!stop_) {
    changed_.wait_for(lock, pause);
    const auto now = Clock::now();
    // A process that was suspended (SIGSTOP, a job that had to make room) has not stood still by itself.
    const double slept = std::chrono::duration<double>(now - std::exchange(last, now)).count();
    const bool suspended = slept > pause.count() + std::max(1.0, seconds_ / 2);
    const bool explained = look_for_silence(lock);
    // Where some rank can't be heard, one that waits does not know whether the others get on: those that work are
    // watched.
    const bool unsure = peers_ && !peers_->complete && signs().waiting > 0;
    const std::uint64_t steps_now = all_steps();
    if (steps_now != seen || watching_ == 0 || suspended || explained || unsure) {
      seen = steps_now;
      since = now;
      reported = false;
      continue;
    }
    const double still = std::chrono::duration<double>(now - since).count();
    if (stop_ || reported || still < seconds_) continue;
    reported = true;
    report({rank_, still, stage_, signs().waiting > 0, host_, {}}, lock);
  }
}

}  // namespace tessera
