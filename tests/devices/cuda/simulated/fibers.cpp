#undef _FORTIFY_SOURCE  // its longjmp takes another stack for an error
#include "fibers.hpp"

#include <sys/mman.h>

#include <new>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace simulated {
namespace {

constexpr std::size_t stack_bytes = 128 << 10, guard = 4096;

// AddressSanitizer wants to know whose stack it is on.
void announce([[maybe_unused]] void** marks, [[maybe_unused]] const void* bottom, [[maybe_unused]] std::size_t bytes) {
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber(marks, bottom, bytes);
#endif
}
void confirm([[maybe_unused]] void* marks, [[maybe_unused]] const void** bottom, [[maybe_unused]] std::size_t* bytes) {
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(marks, bottom, bytes);
#endif
}

}  // namespace

Fibers& Fibers::mine() {
  thread_local Fibers fibers;
  return fibers;
}

Fibers::~Fibers() {
  for (const auto& f : all_) munmap(f->memory, stack_bytes + guard);
}

void Fibers::make(Fiber& f) {
  if (!f.memory) {
    void* p =
        mmap(nullptr, stack_bytes + guard, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) throw std::bad_alloc();
    mprotect(p, guard, PROT_NONE);
    f.memory = static_cast<char*>(p);
  }
#ifdef __SANITIZE_ADDRESS__  // one that was left for good has its marks there
  __asan_unpoison_memory_region(f.memory + guard, stack_bytes);
#endif
  getcontext(&f.start);
  f.start.uc_stack.ss_sp = f.memory + guard;
  f.start.uc_stack.ss_size = stack_bytes;
  f.start.uc_link = nullptr;
  makecontext(&f.start, &Fibers::enter, 0);
}

void Fibers::enter() {
  Fibers& me = mine();
  me.arrive();
  for (;;) {
    me.body_();
    me.all_[me.running_]->ended = true;
    me.leave(*me.all_[me.running_]);
  }
}

bool Fibers::resume(std::size_t k) {
  while (k >= all_.size()) all_.push_back(std::make_unique<Fiber>());
  Fiber& f = *all_[k];
  const bool first = !f.begun;
  if (first) make(f);
  f.begun = true;
  f.ended = false;
  running_ = k;
  announce(&scheduler_marks_, f.memory + guard, stack_bytes);
  if (_setjmp(scheduler_) == 0) {
    if (first)
      setcontext(&f.start);
    else
      _longjmp(f.at, 1);
  }
  confirm(scheduler_marks_, nullptr, nullptr);
  return all_[running_]->ended;
}

void Fibers::leave(Fiber& f) {
  void* marks = nullptr;
  announce(&marks, scheduler_bottom_, scheduler_bytes_);
  if (_setjmp(f.at) == 0) _longjmp(scheduler_, 1);
  confirm(marks, &scheduler_bottom_, &scheduler_bytes_);
}

void Fibers::arrive() { confirm(nullptr, &scheduler_bottom_, &scheduler_bytes_); }
void Fibers::yield() { leave(*all_[running_]); }

void Fibers::abandon() {
  for (const auto& f : all_) f->begun = false;
}

}  // namespace simulated
