#pragma once
// Streams as queues of work, and events as places in them. When something is done, beyond what somebody waits for, is drawn: what
// only works because a device is fast, or slow, does not work here.
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>

namespace simulated {

/// A place in a stream that others can wait for.
struct Mark {
  int stream = 0, number = 0;
  bool reached = false;
};
using MarkPtr = std::shared_ptr<Mark>;

class Queues {
 public:
  explicit Queues(unsigned seed) : random_(seed) {}
  int make() { return queues_[++made_], made_; }
  bool has(int stream) const { return queues_.count(stream) != 0; }
  void give(int stream, std::function<void()> work) { push(stream, {std::move(work), nullptr, nullptr, nullptr}); }
  /// What another process has a part in: it is over once attempt() returns true, and is asked again until then.
  void attempt(int stream, std::function<bool()> attempt) {
    push(stream, {nullptr, nullptr, nullptr, std::move(attempt)});
  }
  MarkPtr record(int stream);
  void wait_for(int stream, MarkPtr mark) { push(stream, {nullptr, std::move(mark), nullptr, nullptr}); }
  /// Goes on, with any streams that can, until it is so; waits for other processes. returns: false when nobody can go on.
  bool until(const std::function<bool()>& done);
  bool finish(int stream) {
    return until([&] { return queues_[stream].empty(); });
  }
  void remove(int stream) { queues_.erase(stream); }
  /// A few steps, or none, of what can go on: nobody waits, but time passes.
  void go_on_a_little();
  std::minstd_rand& random() { return random_; }

 private:
  struct Operation {
    std::function<void()> work;
    MarkPtr waits_for, reaches;
    std::function<bool()> attempt;
  };
  static bool is_ready(Operation& op);
  bool waits_for_others() const;
  void push(int stream, Operation op);
  bool advance();

  std::map<int, std::deque<Operation>> queues_;
  std::map<int, unsigned> ranks_;  // of streams, for a while
  std::minstd_rand random_;
  int made_ = 0, marks_ = 0;
};

}  // namespace simulated
