#include "interrupt.hpp"

#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>

#include <tessera/tessera.hpp>

namespace tessera::command {
namespace {

// mpirun kills one second after it has asked.
constexpr int patience_microseconds = 600'000;

std::atomic<int> signal_number{0};
std::atomic<int> decided_code{0};

// Signal handlers: only calls that are async-signal-safe.
void give_up(int) {
  remove_unfinished_files();
  _exit(decided_code != 0 ? decided_code.load() : interrupt_exit_code());
}

// What is unfinished goes at once: nothing will be completed any more, and whoever asks may kill before the ranks have
// agreed (srun does when it is itself asked to stop).
void ask_to_stop(int signal) {
  int none = 0;
  if (!signal_number.compare_exchange_strong(none, signal)) give_up(signal);  // asked twice
  remove_unfinished_files();
  const itimerval timer{{0, 0}, {0, patience_microseconds}};
  setitimer(ITIMER_REAL, &timer, nullptr);
}

}  // namespace

void handle_interrupts() {
  struct sigaction action {};
  action.sa_handler = ask_to_stop;
  action.sa_flags = SA_RESTART;
  for (const int s : {SIGINT, SIGTERM, SIGHUP}) sigaction(s, &action, nullptr);
  action.sa_handler = give_up;
  sigaction(SIGALRM, &action, nullptr);
}

void leave_with(int exit_code) {
  decided_code = exit_code;
  handle_interrupts();
}

int interrupted_by() { return signal_number; }
int interrupt_exit_code() { return 128 + signal_number; }

}  // namespace tessera::command
