#include <tessera/distributed/exchange/linked.hpp>

#include <sched.h>

#include <algorithm>
#include <ctime>

#include <tessera/core/signs.hpp>

namespace tessera {
namespace {

// Until which those that have failed by themselves have sent what others wait for.
constexpr auto grace = std::chrono::seconds(1);

bool is_any(std::span<const Piece> pieces) {
  return std::any_of(pieces.begin(), pieces.end(), [](const Piece& p) { return p.bytes > 0; });
}

}  // namespace

void LinkedExchange::begin_exchange(std::span<const Piece> send, std::span<const Piece> receive) {
  if (broken_ || (!is_any(send) && !is_any(receive))) return;
  behind_.reset(), heard_.reset();
  try {
    link_.exchange(stream, send, receive);
    under_way_ = true;
  } catch (...) {
    failure_.guard([] { throw; });
    failure_.guard([&] { comm_.announce_failure(); });
    give_up();
  }
}

bool LinkedExchange::poll_exchange() {
  if (!under_way_) return true;
  try {
    if (!have_all()) return false;
  } catch (...) {
    failure_.guard([] { throw; });
    failure_.guard([&] { comm_.announce_failure(); });
    give_up();
  }
  under_way_ = false;
  note_moved();
  return true;
}

// returns: true when the pieces have come and gone, or won't.
bool LinkedExchange::have_all() {
  if (is_hopeless()) {
    failure_.stop();
    give_up();
    return true;
  }
  if (!link_.poll()) return false;
  if (!behind_) behind_ = device_.record(stream);
  return device_.is_done(*behind_);
}

// Another rank has failed, and has had its time.
bool LinkedExchange::is_hopeless() {
  if (!comm_.failure_announced()) return false;
  const auto now = std::chrono::steady_clock::now();
  if (!heard_) heard_ = now;
  return now - *heard_ > grace;
}

void LinkedExchange::give_up() noexcept {
  broken_ = true;
  stuck_ = !link_.abort();
}

bool LinkedExchange::settle() noexcept {
  Failure unheard;  // the cause is known
  if (!stuck_) unheard.guard([&] { device_.wait(stream); });
  return !stuck_;
}

void LinkedExchange::end_exchange() {
  constexpr int spins = 2000, yields = 1000;
  constexpr timespec nap{0, 50'000};
  const WaitingForRanks waiting;
  for (int k = 0; !poll_exchange(); k++) {
    if (k >= spins) sched_yield();
    if (k >= spins + yields) nanosleep(&nap, nullptr);
  }
}

}  // namespace tessera
