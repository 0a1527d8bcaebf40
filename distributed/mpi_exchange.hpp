#pragma once
// The point-to-point exchange over MPI.
//
// Per pair of ranks and direction the segments (communicator_pieces.hpp) travel in windows of at most 64:
//
//     receiver                          sender
//     posts <= 64 receives
//     sends a credit (zero bytes) ───►  sends the same segments, all of them expected
//     all arrived: next window          posts a receive for the next credit
//
// What always holds: no data message is unexpected at its receiver (unexpected ones are buffered by MPI without bound);
// a rank has at most `max_open_lanes` windows posted; the order cannot deadlock, because a window's receives wait only
// for sends that its sender may always start, and its sender is polling its credits whatever else it waits for. (Unless
// it has left the program: mpi_group.hpp.)
#include <mpi.h>

#include <cstdint>
#include <span>
#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/communicator_pieces.hpp>
#include <tessera/distributed/mpi_check.hpp>
#include <vector>

namespace tessera {

class MpiExchange {
 public:
  static constexpr int window = 64;
  static constexpr int max_open_lanes = 64;
  static constexpr std::int64_t segment_limit = std::int64_t{1} << 30;
  static constexpr int credit_tag = 1, data_tag = 2, failure_tag = 3;

  /// `comm` is Tessera's own duplicate. `segment_bytes`: tests make it small.
  MpiExchange(MPI_Comm comm, int rank, int size, const Waiting& waiting, std::int64_t segment_bytes = segment_limit)
      : comm_(comm), rank_(rank), size_(size), waiting_(waiting), segment_bytes_(segment_bytes) {}

  /// Posts what can be posted at once; copies what stays on this rank. No memory is allocated when no earlier exchange was
  /// larger.
  void begin(std::span<const Piece> send, std::span<const Piece> receive);
  /// Goes on with each lane of which a message has come or gone. returns: true when none is left.
  bool poll();
  /// Returns when all pieces have come and gone.
  /// throws CommError, InternalError (both only after every other message has been completed, where MPI allows).
  void end();
  bool is_under_way() const { return !requests_.empty(); }
  /// Makes room for exchanges of up to `pieces` pieces each way, none larger than a segment.
  void reserve(std::size_t pieces);

 private:
  enum class What : std::uint8_t { credit_in, credit_out, data_in, data_out };
  struct Open {  // belongs to the request of the same index
    What what;
    std::int32_t lane;
    std::int32_t bytes;
  };

  /// Goes on with each lane of which a message has come or gone. returns: how many have.
  int complete_some();
  void drop_completed();
  MPI_Request& add(What what, std::size_t lane, int bytes);
  void open_receive_window(std::size_t lane);
  void open_next_receive_lanes();
  void ask_for_credit(std::size_t lane);
  void send_window(std::size_t lane);
  void complete(const Open& done, const MPI_Status& status);
  void note_error(const std::string& message, bool internal);
  bool waits_for(int peer) const;

  MPI_Comm comm_;
  int rank_, size_;
  Waiting waiting_;
  std::int64_t segment_bytes_;
  // Kept between calls for their capacity.
  std::vector<std::int32_t> send_order_, receive_order_;
  std::vector<Lane> send_lanes_, receive_lanes_;
  std::vector<int> arriving_;  // per receive lane: segments of the open window still to come
  std::size_t next_receive_lane_ = 0;
  int open_lanes_ = 0;
  std::vector<MPI_Request> requests_;
  std::vector<Open> open_;
  std::vector<int> finished_;
  std::vector<MPI_Status> statuses_;
  std::string error_;
  bool error_is_internal_ = false;
};

}  // namespace tessera
