#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <tessera/distributed/watchdog.hpp>

namespace tessera {

std::string to_string(const Stall& stall) {
  std::string text = fmt::format("rank {}: no progress for {:.3g} s", stall.rank, stall.seconds);
  if (!stall.stage.empty()) text += " in " + stall.stage;
  if (!stall.operation.empty()) text += " (" + stall.operation + ")";
  return text;
}

Watchdog::Watchdog(double seconds, Callback callback, int rank)
    : seconds_(seconds), callback_(std::move(callback)), rank_(rank) {
  if (seconds_ > 0) thread_ = std::thread([this] { run(); });
}

Watchdog::~Watchdog() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Watchdog::stage(std::string stage, std::string operation) {
  std::lock_guard lock(mutex_);
  stage_ = std::move(stage);
  operation_ = std::move(operation);
  progress();
}

void Watchdog::operation(std::string operation) {
  std::lock_guard lock(mutex_);
  operation_ = std::move(operation);
  progress();
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

void Watchdog::run() {
  using Clock = std::chrono::steady_clock;
  const auto pause = std::chrono::duration<double>(std::clamp(seconds_ / 4, 0.001, 1.0));
  std::uint64_t seen = steps_.load(std::memory_order_relaxed);
  auto since = Clock::now();
  bool reported = false;
  std::unique_lock lock(mutex_);
  while (!stop_) {
    changed_.wait_for(lock, pause);
    const std::uint64_t now = steps_.load(std::memory_order_relaxed);
    if (now != seen || watching_ == 0) {
      seen = now;
      since = Clock::now();
      reported = false;
      continue;
    }
    const double still = std::chrono::duration<double>(Clock::now() - since).count();
    if (stop_ || reported || still < seconds_) continue;
    reported = true;
    const Stall stall{rank_, still, stage_, operation_};
    lock.unlock();
    callback_(stall);
    lock.lock();
  }
}

}  // namespace tessera
