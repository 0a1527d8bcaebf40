#include "block.hpp"

#include <algorithm>
#include <numeric>

namespace simulated {

thread_local Block* Block::current_ = nullptr;

Block::Block(simt::Context& context, simt::Index threads, Kernel kernel, void* const* arguments,
             std::minstd_rand& random)
    : context_(context),
      kernel_(kernel),
      arguments_(arguments),
      random_(random),
      fibers_(Fibers::mine()),
      threads_(std::size_t{threads.x} * threads.y * threads.z),
      warps_((threads_.size() + 31) / 32) {
  context_.block_dim = threads;
  context_.barrier = barrier;
  context_.meet = meet;
  fibers_.set_body([this] { begin_threads(); });
}

// Forward, backward, or any step that comes to all of them.
void Block::draw_order() {
  const auto n = static_cast<unsigned>(threads_.size());
  unsigned step = 1;
  if (const unsigned kind = static_cast<unsigned>(random_()) % 4; kind == 1) {
    step = n - 1;
  } else if (kind > 1) {
    do step = 1 + static_cast<unsigned>(random_()) % n;
    while (std::gcd(step, n) != 1);
  }
  order_.resize(n);
  order_[0] = static_cast<unsigned>(random_()) % n;
  for (unsigned k = 1; k < n; k++) order_[k] = (order_[k - 1] + step) % n;
}

std::string Block::run(unsigned number) {
  current_ = this;
  const simt::Index grid = context_.grid_dim;
  context_.block = {number % grid.x, number / grid.x % grid.y, number / grid.x / grid.y};
  draw_order();
  std::fill(threads_.begin(), threads_.end(), Thread{});
  std::fill(warps_.begin(), warps_.end(), Warp{});
  if (threads_.size() % 32) warps_.back().ended = ~0u << threads_.size() % 32;  // lanes that there are not
  ready_.clear(), idle_.clear(), failure_.clear();
  begun_ = fibers_used_ = 0;
  live_ = threads_.size();
  while (live_ > 0 && failure_.empty()) go_on();
  if (!failure_.empty()) fibers_.abandon();
  current_ = nullptr;
  return failure_;
}

void Block::go_on() {
  const bool more = begun_ < order_.size();
  if (ready_.empty() && !more) return open_barrier();
  std::size_t fiber = 0;
  if (!ready_.empty() && (!more || random_() % 2)) {
    std::swap(ready_.back(), ready_[random_() % ready_.size()]);
    const unsigned t = ready_.back();
    ready_.pop_back();
    threads_[t].state = State::running;
    become(t);
    fiber = threads_[t].fiber;
  } else if (idle_.empty()) {
    fiber = fibers_used_++;
  } else {
    fiber = idle_.back();
    idle_.pop_back();
  }
  if (fibers_.resume(fiber)) idle_.push_back(fiber);
}

// A fibre takes one thread after another, so those that never wait cost no switch.
void Block::begin_threads() {
  while (begun_ < order_.size()) {
    unsigned t = order_[begun_++];
    threads_[t].state = State::running;
    threads_[t].fiber = fibers_.running();
    become(t);
    kernel_(arguments_);
    threads_[t].state = State::ended;
    warps_[t / 32].ended |= 1u << t % 32;
    live_--;
  }
}

void Block::become(unsigned t) {
  running_ = t;
  const simt::Index of = context_.block_dim;
  context_.thread = {t % of.x, t / of.x % of.y, t / of.x / of.y};
}

void Block::wait(State state, int line) {
  Thread& mine = threads_[running_];
  mine.state = state;
  mine.line = line;
  fibers_.yield();
}

void Block::barrier(int line) { current_->wait(State::at_barrier, line); }

void Block::meet(simt::Meeting& mine) {
  Block& b = *current_;
  const unsigned t = b.running_, me = 1u << t % 32;
  Warp& warp = b.warps_[t / 32];
  b.threads_[t].meeting = &mine;
  b.threads_[t].line = mine.line;
  if (!(mine.mask & me)) b.fail("is not in the mask of its own operation", mine.line);
  if (mine.mask & warp.ended) b.fail("waits for a lane that has ended or that there is not", mine.line);
  b.stop_if_failed();
  warp.waiting |= me;
  if ((warp.waiting & mine.mask) == mine.mask)
    b.complete(mine);
  else
    b.wait(State::meeting, mine.line);
}

// The running thread is the last of its mask to come: everybody gets what he came for.
void Block::complete(const simt::Meeting& last) {
  const unsigned mask = last.mask, first = running_ / 32 * 32;
  std::uint64_t values[32];
  unsigned ballot = 0;
  for (unsigned left = mask; left; left &= left - 1) {
    const auto l = static_cast<unsigned>(__builtin_ctz(left));
    const simt::Meeting& other = *threads_[first + l].meeting;
    if (other.mask != mask || other.line != last.line)
      fail("meets lane " + std::to_string(l) + ", which is at line " + std::to_string(other.line) +
               " or has another mask",
           last.line);
    stop_if_failed();
    values[l] = other.value;
    ballot |= other.ballot;
  }
  for (unsigned left = mask; left; left &= left - 1) {
    const auto l = static_cast<unsigned>(__builtin_ctz(left));
    simt::Meeting& other = *threads_[first + l].meeting;
    other.value = mask >> other.source & 1u ? values[other.source] : std::uint64_t{simt::poison} << 32 | simt::poison;
    other.ballot = ballot;
    if (first + l != running_) ready_.push_back(first + l);
  }
  warps_[first / 32].waiting &= ~mask;
}

// Nobody can go on: all that have not ended must be at the same barrier.
void Block::open_barrier() {
  int line = 0;
  for (unsigned t = 0; t < threads_.size(); t++) {
    const Thread& thread = threads_[t];
    if (thread.state == State::ended) continue;
    if (const std::string wrong = why_it_waits_for_ever(thread, line); !wrong.empty()) {
      failure_ = "thread " + std::to_string(t) + " of block " + std::to_string(context_.block.x) + wrong + " (line " +
                 std::to_string(thread.line) + ")";
      return;
    }
    line = thread.line;
  }
  for (unsigned t = 0; t < threads_.size(); t++)
    if (threads_[t].state == State::at_barrier) ready_.push_back(t);
}

// `line`: of the barrier at which threads before it wait, 0 if it is the first.
std::string Block::why_it_waits_for_ever(const Thread& thread, int line) const {
  if (thread.state == State::meeting) return " waits for lanes that do not come";
  if (live_ < threads_.size()) return " waits at a barrier that others have passed by";
  if (line && line != thread.line)
    return " waits at a barrier while others wait at that of line " + std::to_string(line);
  return {};
}

void Block::fail(const std::string& what, int line) {
  failure_ = "thread " + std::to_string(running_) + " of block " + std::to_string(context_.block.x) + " " + what +
             " (line " + std::to_string(line) + ")";
}

bool Block::give_up(const char* what) {
  if (!current_) return false;
  current_->failure_ = what;
  current_->stop_if_failed();
  return true;
}

// Nobody resumes this fibre again, so what is on its stack must own nothing.
void Block::stop_if_failed() {
  if (!failure_.empty()) fibers_.yield();
}

}  // namespace simulated
