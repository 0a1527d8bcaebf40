#include "streams.hpp"

namespace mirror {
namespace {

struct Mark {
  Queue& queue;
  std::int64_t end;
};

}  // namespace

void Queue::give(Work work) {
  std::lock_guard lock(mutex_);
  left_.push_back(std::move(work));
  given_++;
  drawn_ = drawn_ * 6364136223846793005u + 1442695040888963407u;
  if (drawn_ >> 62 == 0) do_until(done_ + static_cast<std::int64_t>(left_.size()) / 2);
}

void Queue::do_until(std::int64_t end) {
  std::lock_guard lock(mutex_);
  while (done_ < end && !left_.empty()) {
    const Work work = std::move(left_.front());
    left_.pop_front();
    done_++;
    try {
      work();
    } catch (...) {  // what comes after it is not done: who was to wait for that may be gone when somebody waits again
      left_.clear();
      done_ = given_;
      throw;
    }
  }
}

std::int64_t Queue::given() const {
  std::lock_guard lock(mutex_);
  return given_;
}

Queue& Streams::operator[](tessera::Stream stream) {
  std::lock_guard lock(mutex_);
  return queues_[stream.number];
}

tessera::Event Streams::record(tessera::Stream stream) {
  Queue& queue = (*this)[stream];
  return {std::make_shared<Mark>(Mark{queue, queue.given()})};
}

void Streams::wait(tessera::Stream stream, const tessera::Event& event) {
  (*this)[stream].give([this, event] { wait(event); });
}

void Streams::wait(const tessera::Event& event) {
  if (const auto* mark = static_cast<const Mark*>(event.mark.get())) mark->queue.do_until(mark->end);
}

void Streams::wait(tessera::Stream stream) {
  Queue& queue = (*this)[stream];
  queue.do_until(queue.given());
}

}  // namespace mirror
