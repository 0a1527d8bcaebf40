#pragma once
// One block of a grid at a time: who goes on, where its threads meet, and what they may not do. A thread runs until it ends or waits for
// others; then another one begins, or goes on, as it is drawn: what only works in one order does not work here.
#include <random>
#include <string>
#include <vector>

#include "fibers.hpp"
#include "simt_context.hpp"

namespace simulated {

class Block {
 public:
  using Kernel = void (*)(void* const* arguments);
  Block(simt::Context& context, simt::Index threads, Kernel kernel, void* const* arguments, std::minstd_rand& random);
  /// Runs block `number`, counted along x first, to its end. returns: what went wrong ("thread 5 waits ..."), or nothing.
  std::string run(unsigned number);
  /// What the thread that runs has done is an error, and it never goes on. returns: false when no kernel runs.
  static bool give_up(const char* what);

 private:
  enum class State { unborn, running, at_barrier, meeting, ended };
  struct Thread {
    State state = State::unborn;
    std::size_t fiber = 0;
    int line = 0;
    simt::Meeting* meeting = nullptr;
  };
  struct Warp {
    unsigned waiting = 0, ended = 0;  ///< bit l: lane l is at a meeting, has ended
  };
  static void barrier(int line);
  static void meet(simt::Meeting& mine);
  void draw_order();
  void begin_threads();
  void go_on();
  void become(unsigned t);
  void wait(State state, int line);
  void complete(const simt::Meeting& mine);
  void open_barrier();
  std::string why_it_waits_for_ever(const Thread& thread, int line) const;
  void fail(const std::string& what, int line);
  void stop_if_failed();

  static thread_local Block* current_;
  simt::Context& context_;
  const Kernel kernel_;
  void* const* const arguments_;
  std::minstd_rand& random_;
  Fibers& fibers_;
  std::vector<Thread> threads_;
  std::vector<Warp> warps_;
  std::vector<unsigned> order_, ready_;  // in which threads begin; who may go on
  std::vector<std::size_t> idle_;        // fibres without a thread
  unsigned running_ = 0;                 // the thread's number, counted along x first
  std::size_t begun_ = 0, live_ = 0, fibers_used_ = 0;
  std::string failure_;
};

}  // namespace simulated
