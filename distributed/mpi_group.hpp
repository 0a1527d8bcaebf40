#pragma once
// MpiGroup: the ranks of a communicator, whichever of its duplicates they talk on. It has the channel of the roll calls
// (call.hpp), and it knows who has left the program while others still need them.
//
// A rank that has left (leave_at_exit in mpi_world.cpp) says how many collective operations it had entered by then; a
// rank that waits in a later one will wait for ever, and says so. Words go round in a ring, past ranks that have left
// as well, so that a job's end costs a message a rank and not one for every pair:
//
//   rank 1 leaves after operation 7 ──{7, 1}──► rank 2 (has left, too) ──{7, 1}──► rank 0, which waits in operation 8
//   rank 2 ◄──{someone waits}── rank 0:  the job can't end well, and rank 2 aborts it
//
// Groups are never removed: a rank finds its group exactly when all others of it do.
#include <mpi.h>

#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/mpi_duplicates.hpp>

namespace tessera {

class MpiGroup {
 public:
  /// The group of these ranks, in this order. Null when there is none yet, or never will be because one of them calls
  /// MPI from several threads, whose calls have no common order. Local.
  static MpiGroup* find(MPI_Comm comm);
  /// Collective over `comm`, of a group that is not there yet. Null as in `find`.
  static MpiGroup* make(MPI_Comm comm);
  static const std::vector<std::unique_ptr<MpiGroup>>& all();

  const Duplicate& duplicate() const { return duplicate_; }
  /// The channel of the roll calls.
  Communicator& calls() { return *calls_; }

  /// This rank enters a collective operation on some communicator of the group. Exchanges don't count: they need not
  /// be of all ranks.
  void enter() { entered_++; }
  /// Of a rank that waits in an operation, from time to time. Never throws.
  void listen() noexcept;

  struct Leaver {
    std::int64_t entered = std::numeric_limits<std::int64_t>::max();
    std::int64_t rank = 0, status = 0;  ///< among all ranks; of its exit
  };
  struct Stuck {
    Leaver leaver;
    int waits = 0;  ///< a rank that waits for it, among all
  };
  /// Of a rank that has left the program, from time to time. returns: who waits for whom, as soon as that is known.
  std::optional<Stuck> leave(int status);

 private:
  MpiGroup() = default;
  bool hear();

  Duplicate duplicate_;
  std::unique_ptr<Communicator> calls_;
  int rank_ = 0, size_ = 1;
  int world_rank_ = 0;
  std::int64_t entered_ = 0;
  Leaver first_;                 // of those that have left: who entered the fewest operations, as far as is known here
  int teller_ = -1;              // who told
  std::deque<Leaver> outgoing_;  // never freed: messages may be under way for ever
};

}  // namespace tessera
