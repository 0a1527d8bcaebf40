#pragma once
// Return codes of MPI as CommError, and the one way to wait: poll, then give the core away.
#include <mpi.h>
#include <sched.h>

#include <string>
#include <tessera/core/errors.hpp>

namespace tessera {

/// "MPI_Isend: MPI_ERR_RANK: invalid rank".
std::string mpi_error_text(int code, const char* call);

inline void mpi_check(int code, const char* call) {
  if (code != MPI_SUCCESS) [[unlikely]]
    throw CommError(mpi_error_text(code, call));
}

/// Called after each poll that found nothing. Spins for some 100 us, because most peers are that close behind; then
/// lets other processes and threads of this core run between polls. At once when there are more ranks than cores.
class Patience {
 public:
  explicit Patience(bool oversubscribed) : left_(oversubscribed ? 0 : 2000) {}
  void wait() {
    if (left_ > 0) {
      left_--;
    } else {
      sched_yield();
    }
  }

 private:
  int left_;
};

/// Waits for one request.
void mpi_wait(MPI_Request& request, bool oversubscribed, const char* call);

}  // namespace tessera
