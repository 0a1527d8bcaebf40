#pragma once
// Return codes of MPI as CommError, and the one way to wait: poll, then give the core away, and listen for ranks that
// have left the program.
#include <mpi.h>

#include <string>
#include <tessera/core/errors.hpp>

namespace tessera {

/// "MPI_Isend: MPI_ERR_RANK: invalid rank".
std::string mpi_error_text(int code, const char* call);

class MpiGroup;

/// How a rank waits.
struct Waiting {
  bool oversubscribed = false;  ///< more ranks than cores: never spin
  MpiGroup* group = nullptr;    ///< of the ranks that are waited for; null: don't listen
};

inline void mpi_check(int code, const char* call) {
  if (code != MPI_SUCCESS) [[unlikely]]
    throw CommError(mpi_error_text(code, call));
}

/// Called after each poll that found nothing. Spins for some 100 us, because most peers are that close behind, but not when there
/// are more ranks than cores; then lets other processes and threads of this core run between polls.
///
/// Yielding is for cores that nobody else wants, or other ranks alone: there it costs a microsecond, or lets those get on that are waited
/// for. Where another program computes it gives that one a time slice of milliseconds for each poll, and a peer that answers
/// meanwhile waits for its end. Who sleeps is woken in the middle of that slice. So where ranks have a core each, a yield that
/// took as long as a slice says that the core is shared, and waits are naps for a while.
class Patience {
 public:
  explicit Patience(const Waiting& how)
      : spins_(how.oversubscribed ? 0 : 2000), sleeps_(how.oversubscribed), group_(how.group) {}
  void wait() {
    if (spins_ > 0) {
      spins_--;
      return;
    }
    give_core_away(!sleeps_);
    if (++turns_ % 256 == 0 && group_ != nullptr) listen();  // some 100 us when the core is free
  }
  /// The same of what moves little, so that nothing is late for it: where there are more ranks than cores, who has waited for
  /// longer sleeps between polls. Yielding ranks, which go on in turns, would leave the one that has work no more than its share.
  void wait_for_little() {
    wait();
    if (sleeps_ && turns_ >= 256) nap();
  }

 private:
  static void give_core_away(bool to_strangers) noexcept;
  static void nap() noexcept;
  void listen() noexcept;
  int spins_;
  bool sleeps_;
  unsigned turns_ = 0;
  MpiGroup* group_;
};

/// Waits for one request.
void mpi_wait(MPI_Request& request, const Waiting& how, const char* call);

}  // namespace tessera
