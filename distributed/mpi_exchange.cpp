#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <tessera/core/signs.hpp>
#include <tessera/distributed/mpi_check.hpp>
#include <tessera/distributed/mpi_exchange.hpp>
#include <tessera/distributed/mpi_group.hpp>

namespace tessera {
namespace {

/// How long nothing has moved in an exchange, as far as that matters: some rank has left the program.
class Standstill {
 public:
  explicit Standstill(MpiGroup* group) : group_(group) {}
  void end() { stands_ = false; }
  /// returns: the rank that has left, when nothing has moved for long enough.
  std::optional<int> left() {
    const auto left = group_ == nullptr ? std::nullopt : group_->left();
    if (!left) return std::nullopt;
    const auto now = Clock::now();
    if (!stands_) since_ = now;
    stands_ = true;
    return now - since_ > long_enough ? left : std::nullopt;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds long_enough{2};
  MpiGroup* group_;
  bool stands_ = false;
  Clock::time_point since_{};
};

}  // namespace

MPI_Request& MpiExchange::add(What what, std::size_t lane, int bytes) {
  open_.push_back({what, static_cast<std::int32_t>(lane), bytes});
  requests_.push_back(MPI_REQUEST_NULL);
  return requests_.back();
}

void MpiExchange::open_receive_window(std::size_t i) {
  Lane& lane = receive_lanes_[i];
  int posted = 0;
  for (; posted < window && !lane.done(); posted++) {
    const Segment segment = lane.next();
    mpi_check(MPI_Irecv(segment.data, segment.bytes, MPI_BYTE, lane.peer(), data_tag, comm_,
                        &add(What::data_in, i, segment.bytes)),
              "MPI_Irecv");
  }
  arriving_[i] = posted;
  mpi_check(MPI_Isend(nullptr, 0, MPI_BYTE, lane.peer(), credit_tag, comm_, &add(What::credit_out, i, 0)), "MPI_Isend");
}

void MpiExchange::open_next_receive_lanes() {
  for (; open_lanes_ < max_open_lanes && next_receive_lane_ < receive_lanes_.size(); open_lanes_++)
    open_receive_window(next_receive_lane_++);
}

void MpiExchange::ask_for_credit(std::size_t i) {
  mpi_check(MPI_Irecv(nullptr, 0, MPI_BYTE, send_lanes_[i].peer(), credit_tag, comm_, &add(What::credit_in, i, 0)),
            "MPI_Irecv");
}

void MpiExchange::send_window(std::size_t i) {
  Lane& lane = send_lanes_[i];
  for (int sent = 0; sent < window && !lane.done(); sent++) {
    const Segment segment = lane.next();
    mpi_check(MPI_Isend(segment.data, segment.bytes, MPI_BYTE, lane.peer(), data_tag, comm_,
                        &add(What::data_out, i, segment.bytes)),
              "MPI_Isend");
  }
  if (!lane.done()) ask_for_credit(i);
}

void MpiExchange::note_error(const std::string& message, bool internal) {
  if (!error_.empty()) return;
  error_ = message;
  error_is_internal_ = internal;
}

void MpiExchange::complete(const Open& done, const MPI_Status& status) {
  const auto lane = static_cast<std::size_t>(done.lane);
  switch (done.what) {
    case What::credit_in:
      send_window(lane);
      break;
    case What::data_in: {
      int bytes = 0;
      MPI_Get_count(&status, MPI_BYTE, &bytes);
      if (bytes != done.bytes) {
        note_error(fmt::format("exchange: rank {} sent rank {} {} bytes where {} were expected",
                               receive_lanes_[lane].peer(), rank_, bytes, done.bytes),
                   true);
      }
      if (--arriving_[lane] > 0) break;
      if (!receive_lanes_[lane].done()) {
        open_receive_window(lane);
      } else {
        open_lanes_--;
        open_next_receive_lanes();
      }
      break;
    }
    case What::credit_out:
    case What::data_out:
      break;
  }
}

bool MpiExchange::waits_for(int peer) const {
  return std::any_of(open_.begin(), open_.end(), [&](const Open& o) {
    const bool receives = o.what == What::data_in || o.what == What::credit_out;
    return (receives ? receive_lanes_ : send_lanes_)[o.lane].peer() == peer;
  });
}

void MpiExchange::reserve(std::size_t pieces) {
  const std::size_t lanes = std::min(pieces, static_cast<std::size_t>(size_));
  send_order_.reserve(pieces), receive_order_.reserve(pieces);
  send_lanes_.reserve(lanes), receive_lanes_.reserve(lanes);
  arriving_.reserve(lanes);
  // Each way: every piece, and a credit per lane and per window.
  const std::size_t requests = 2 * (pieces + lanes + pieces / window) + 2;
  requests_.reserve(requests), open_.reserve(requests);
  if (statuses_.size() < requests) finished_.resize(requests), statuses_.resize(requests);
}

void MpiExchange::begin(std::span<const Piece> send, std::span<const Piece> receive) {
  check_pieces(size_, send);
  check_pieces(size_, receive);
  make_lanes(send, rank_, size_, true, segment_bytes_, send_order_, send_lanes_);
  make_lanes(receive, rank_, size_, false, segment_bytes_, receive_order_, receive_lanes_);
  arriving_.assign(receive_lanes_.size(), 0);
  next_receive_lane_ = 0;
  open_lanes_ = 0;
  error_.clear();
  requests_.clear();
  open_.clear();

  open_next_receive_lanes();
  for (std::size_t i = 0; i < send_lanes_.size(); i++) ask_for_credit(i);
  try {
    copy_own_pieces(rank_, send, receive);
  } catch (const InternalError& error) {
    note_error(error.what(), true);  // the messages under way must end before the caller's memory does
  }
}

int MpiExchange::complete_some() {
  const std::size_t count = requests_.size();
  if (statuses_.size() < count) {
    finished_.resize(count * 2);
    statuses_.resize(count * 2);
  }
  int done = 0;
  const int code = MPI_Testsome(static_cast<int>(count), requests_.data(), &done, finished_.data(), statuses_.data());
  if (code != MPI_SUCCESS && code != MPI_ERR_IN_STATUS) mpi_check(code, "MPI_Testsome");
  if (done == MPI_UNDEFINED) throw InternalError("exchange: requests without a message");
  for (int k = 0; k < done; k++) {
    const auto index = static_cast<std::size_t>(finished_[k]);
    const MPI_Status& status = statuses_[k];
    if (code == MPI_ERR_IN_STATUS && status.MPI_ERROR != MPI_SUCCESS)
      note_error(mpi_error_text(status.MPI_ERROR, "exchange"), false);
    requests_[index] = MPI_REQUEST_NULL;  // MPI did so already, but not always after an error
    const Open finished = open_[index];
    complete(finished, status);  // may append requests
  }
  return done;
}

void MpiExchange::drop_completed() {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < requests_.size(); i++) {
    if (requests_[i] == MPI_REQUEST_NULL) continue;
    requests_[kept] = requests_[i];
    open_[kept++] = open_[i];
  }
  requests_.resize(kept);
  open_.resize(kept);
}

bool MpiExchange::poll() {
  if (requests_.empty()) return true;
  if (complete_some() == 0) return false;
  note_moved();
  drop_completed();
  return requests_.empty();
}

void MpiExchange::end() {
  const WaitingForRanks waiting;
  Patience patience(waiting_);
  Standstill standstill(waiting_.group);
  while (!requests_.empty()) {
    if (complete_some() == 0) {
      patience.wait();
      if (const auto left = standstill.left()) waiting_.group->stand_still(waits_for(*left));
      continue;
    }
    patience = Patience(waiting_);
    standstill.end();
    note_moved();
    drop_completed();
  }
  if (error_.empty()) return;
  if (error_is_internal_) throw InternalError(error_);
  throw CommError(error_);
}

}  // namespace tessera
