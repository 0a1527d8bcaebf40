#pragma once
// MpiGroup: the ranks of a communicator, whichever of its duplicates they talk on. It has the channel of the roll calls
// (call.hpp), and it knows who has left the program while others still need them.
//
// A rank that has left (leave_at_exit in mpi_world.cpp) says how many collective operations it had entered by then; a
// rank that waits in a later one will wait for ever, and says so. Words go round in a ring, past ranks that have left
// as well, so that a job's end costs a message a rank and not one for every pair:
//
//   rank 1 leaves after operation 7 ──{7, 1}──► rank 2 (has left, too) ──{7, 1}──► rank 0, which waits in operation 8
//   rank 1 ◄──{someone waits}── rank 0:  the job can't end well, and rank 1 aborts it
//
// Exchanges are not counted, because they need not be of all ranks. In one, a rank that waits for the one that has left
// says so when nothing has moved for a while (what that one had finished to send has arrived by then), and a rank that
// waits for others passes the word on to them.
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

  /// Of a rank in an exchange in which nothing has moved for a while: the rank of this group that has left, if any is
  /// known to have.
  std::optional<int> left() const;
  /// It waits for that rank (`waits`), or for others, who may. Never throws.
  void stand_still(bool waits) noexcept;

  struct Leaver {
    std::int64_t entered = std::numeric_limits<std::int64_t>::max();
    std::int64_t rank = 0, status = 0;  ///< among all ranks; of its exit
    std::int64_t member = -1;           ///< its rank in this group
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
  void say_waiting() noexcept;
  void pass_on();

  Duplicate duplicate_;
  std::unique_ptr<Communicator> calls_;
  int rank_ = 0, size_ = 1;
  int world_rank_ = 0;
  std::int64_t entered_ = 0;
  Leaver first_;                 // of those that have left: who entered the fewest operations, as far as is known here
  bool answered_ = false;        // it knows that this rank waits
  std::deque<Leaver> outgoing_;  // never freed: messages may be under way for ever
};

}  // namespace tessera
