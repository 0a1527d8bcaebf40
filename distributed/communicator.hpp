#pragma once
// Communicator: ranks that talk. Two kinds: MPI, and one rank alone. Counts are int64_t bytes: messages beyond 1 GiB
// are cut into pieces inside. Only the thread that owns the session calls it (MPI_THREAD_FUNNELED is enough).
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <tessera/core/errors.hpp>
#include <tessera/core/piece.hpp>

namespace tessera {

/// What carries the pieces of an exchange: a communicator those in the host's memory; in that of devices exchange/linked.hpp.
class TESSERA_API Carrier {
 public:
  virtual ~Carrier();
  /// Posts what can be posted; until end_exchange has returned, the bytes stay where they are, and of a communicator only what is
  /// about failures is called, but for `agree`.
  virtual void begin_exchange(std::span<const Piece> send, std::span<const Piece> receive) = 0;
  /// Goes on with what has been begun. Cheap: call it between tiles. returns: true when nothing is left but end_exchange.
  virtual bool poll_exchange() = 0;
  /// Waits until all pieces have come and gone. throws as Communicator::exchange.
  virtual void end_exchange() = 0;
  /// Makes room for exchanges of up to `pieces` pieces each way, so that these allocate nothing. Local.
  virtual void prepare_exchange(std::size_t pieces);
};

class TESSERA_API Communicator : public Carrier {
 public:
  ~Communicator() override;  ///< local: never collective, silent after MPI_Finalize
  virtual int rank() const = 0;
  virtual int size() const = 0;
  /// Ranks that share this machine's memory, and this rank's place among them.
  virtual int node_size() const = 0;
  virtual int node_rank() const = 0;
  virtual std::string description() const = 0;  ///< "Open MPI 4.1.4, 2 ranks" or "one rank"

  virtual void barrier() = 0;
  virtual void broadcast(std::byte* data, std::int64_t bytes, int root) = 0;
  /// in: `bytes` on every rank; out: size() * bytes.
  virtual void allgather(const std::byte* in, std::byte* out, std::int64_t bytes) = 0;
  /// in: `bytes` for every rank; out: `bytes` from every rank. size() * bytes each; below 1 GiB.
  virtual void alltoall(const std::byte* in, std::byte* out, std::int64_t bytes) = 0;
  /// Elementwise maximum over ranks, in place; every rank gets it. Integers only: floats never go through MPI's sums.
  virtual void allreduce_max(std::span<std::int64_t> values) = 0;
  /// Point to point: all pieces of this rank go and come. Receives are posted before any peer may send (a zero-byte
  /// credit per peer and window), so nothing arrives unexpected. Returns when all are complete.
  /// throws CommError; InternalError when the two sides of a pair do not list the same bytes.
  void exchange(std::span<const Piece> send, std::span<const Piece> receive);

  /// Tells the other ranks that this one has failed, without waiting for them. At most once between two `agree`.
  virtual void announce_failure() = 0;
  /// True when some rank has announced a failure since the last `agree`. Cheap: call it between tiles.
  virtual bool failure_announced() = 0;
  /// Collective, the end of every phase: returns when no rank failed; otherwise throws the error of the lowest failing
  /// rank on all ranks, its message prefixed "rank N on HOST: " when size() > 1. What is wrong with the expression, not
  /// with a rank (a shape, a budget), is thrown as it is when all ranks say the same. `failure` is null on ranks that
  /// are well; nothing is allocated as long as all are. values: at most 8, become the elementwise maximum over ranks in
  /// the same message.
  virtual void agree(const Error* failure, std::span<std::int64_t> values = {}) = 0;

  /// The communicator on which the ranks compare what they call (call.hpp): one for all communicators of the same
  /// ranks, where MPI is called from one thread alone; else this one. Local.
  virtual Communicator& roll_call() { return *this; }

  /// Broadcasts a string from `root`. Collective; throws the same everywhere when a rank has no memory for it.
  void broadcast(std::string& text, int root);
};

/// One rank alone.
TESSERA_API std::unique_ptr<Communicator> self_communicator();

/// The communicator of a program: MPI when it was started by mpirun or srun; one rank alone otherwise, without touching
/// MPI. Collective. throws UsageError when `srun` started several processes that can't see each other (names
/// --mpi=pmix).
///
/// It initialises MPI if nobody has, and then ends it, too: a rank that leaves the program (returns from main, or calls
/// exit) waits for the others, which may have work of their own to do. It aborts the job instead when another rank
/// waits for it in a collective operation on one of our communicators, and with an exit status other than 0 also when
/// the others have not left, too, within 5 seconds.
TESSERA_API std::unique_ptr<Communicator> world_communicator();

/// The rank that the launcher gave this process, from the environment alone: also before MPI runs. 0 without a
/// launcher.
TESSERA_API int launched_rank();

/// Ends all ranks of the program at once, without waiting for any: MPI_Abort when MPI runs, else this process alone.
/// For applications (a rank that fails outside of `agree`, a watchdog); the library never calls it. Any thread may.
[[noreturn]] TESSERA_API void abort_program(int exit_code) noexcept;

}  // namespace tessera
