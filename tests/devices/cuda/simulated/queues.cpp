#include "queues.hpp"

#include <vector>

namespace simulated {

MarkPtr Queues::record(int stream) {
  auto mark = std::make_shared<Mark>();
  push(stream, {nullptr, nullptr, mark});
  return mark;
}

void Queues::push(int stream, Operation op) {
  queues_[stream].push_back(std::move(op));
  while (random_() % 4 == 0 && advance()) {
  }
}

// The first operation of any stream that can go on.
bool Queues::advance() {
  std::vector<std::deque<Operation>*> ready;
  for (auto& [stream, q] : queues_)
    if (!q.empty() && (!q.front().waits_for || q.front().waits_for->reached)) ready.push_back(&q);
  if (ready.empty()) return false;
  auto& q = *ready[random_() % ready.size()];
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
