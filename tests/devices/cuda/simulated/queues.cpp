#include "queues.hpp"

namespace simulated {

MarkPtr Queues::record(int stream) {
  auto mark = std::make_shared<Mark>(Mark{stream, marks_++});
  push(stream, {nullptr, nullptr, mark});
  return mark;
}

void Queues::push(int stream, Operation op) {
  queues_[stream].push_back(std::move(op));
  while (random_() % 4 == 0 && advance()) {
  }
}

// The first operation of a stream that can go on. Some go before others for a while, so that these lag as far as they may.
bool Queues::advance() {
  if (random_() % 32 == 0) ranks_.clear();
  std::deque<Operation>* first = nullptr;
  unsigned highest = 0;
  for (auto& [stream, all] : queues_) {
    const unsigned rank = ranks_.try_emplace(stream, static_cast<unsigned>(random_())).first->second;
    const bool ready = !all.empty() && (!all.front().waits_for || all.front().waits_for->reached);
    if (ready && (!first || rank > highest)) first = &all, highest = rank;
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
  while (!done())
    if (!advance()) return false;
  return true;
}

}  // namespace simulated
