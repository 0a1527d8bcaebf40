#include "queues.hpp"

#include <unistd.h>

namespace simulated {

MarkPtr Queues::record(int stream) {
  auto mark = std::make_shared<Mark>(Mark{stream, marks_++});
  push(stream, {nullptr, nullptr, mark, nullptr});
  return mark;
}

void Queues::push(int stream, Operation op) {
  queues_[stream].push_back(std::move(op));
  while (random_() % 4 == 0 && advance()) {
  }
}

bool Queues::is_ready(Operation& op) {
  if (op.attempt && op.attempt()) op.attempt = nullptr;
  return !op.attempt && (!op.waits_for || op.waits_for->reached);
}

bool Queues::waits_for_others() const {
  for (const auto& [stream, all] : queues_)
    if (!all.empty() && all.front().attempt) return true;
  return false;
}

void Queues::go_on_a_little() {
  for (auto steps = random_() % 4; steps > 0 && advance(); steps--) {
  }
}

// The first operation of a stream that can go on. Some go before others for a while, so that these lag as far as they may.
bool Queues::advance() {
  if (random_() % 32 == 0) ranks_.clear();
  std::deque<Operation>* first = nullptr;
  unsigned highest = 0;
  for (auto& [stream, all] : queues_) {
    const unsigned rank = ranks_.try_emplace(stream, static_cast<unsigned>(random_())).first->second;
    if (!all.empty() && is_ready(all.front()) && (!first || rank > highest)) first = &all, highest = rank;
  }
  if (!first) return false;
  auto& q = *first;
  const Operation op = std::move(q.front());
  q.pop_front();
  if (op.work) op.work();
  if (op.reaches) op.reaches->reached = true;
  return true;
}

bool Queues::until(const std::function<bool()>& done) {
  constexpr unsigned nap = 20;  // us
  while (!done()) {
    if (advance()) continue;
    if (!waits_for_others()) return false;
    usleep(nap);
  }
  return true;
}

}  // namespace simulated
