#pragma once
// Fibres: bodies that run on one OS thread and give way to one another. Made by makecontext, switched by _setjmp and _longjmp, which
// unlike swapcontext ask nothing of the system (20 ns, not 700).
#include <setjmp.h>
#include <ucontext.h>

#include <functional>
#include <memory>
#include <vector>

namespace simulated {

class Fibers {
 public:
  /// The calling thread's. Their stacks stay for the next user.
  static Fibers& mine();
  ~Fibers();
  Fibers(const Fibers&) = delete;
  Fibers& operator=(const Fibers&) = delete;

  /// What a fibre runs whenever it is begun.
  void set_body(std::function<void()> body) { body_ = std::move(body); }
  /// Begins fibre k, or lets it go on where it gave way, until it gives way or its body ends.
  /// returns: true when the body has ended.
  bool resume(std::size_t k);
  /// Gives way, from within a fibre, to whoever resumed it.
  void yield();
  std::size_t running() const { return running_; }
  /// Forgets where fibres are: after a jump out of one.
  void abandon();

 private:
  struct Fiber {
    ucontext_t start;
    jmp_buf at;
    char* memory = nullptr;  // a page that nobody may touch, then the stack
    bool begun = false, ended = false;
  };
  Fibers() = default;
  static void enter();
  void make(Fiber& fiber);
  void leave(Fiber& fiber);
  void arrive();

  std::function<void()> body_;
  std::vector<std::unique_ptr<Fiber>> all_;
  std::size_t running_ = 0;
  jmp_buf scheduler_;
  // Where the scheduler's stack is, for AddressSanitizer.
  void* scheduler_marks_ = nullptr;
  const void* scheduler_bottom_ = nullptr;
  std::size_t scheduler_bytes_ = 0;
};

}  // namespace simulated
