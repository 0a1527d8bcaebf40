#pragma once
// Memory that the processes of one simulated NCCL communicator share: a mailbox for each ordered pair of ranks, through which messages
// go in parts. A part is there until the other side has taken it, so nothing is sent that nobody receives.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

namespace simulated {

constexpr int most_ranks = 8;
constexpr std::size_t part_bytes = 16 << 10;

struct Mailbox {
  std::atomic<std::uint64_t> put, taken;  ///< parts so far
  std::uint64_t message_bytes;            ///< of the message that the part is of
  char data[part_bytes];
};

struct Shared {
  std::atomic<int> arrived;
  Mailbox boxes[most_ranks][most_ranks];  ///< [from][to]
};

/// The shared memory of that name, made by whoever comes first; its name goes when all have arrived, or with the process that made it up.
class Mailboxes {
 public:
  Mailboxes(const std::string& name, int ranks);
  ~Mailboxes();
  Mailboxes(const Mailboxes&) = delete;
  Mailboxes& operator=(const Mailboxes&) = delete;
  bool all_arrived() const { return shared_->arrived >= ranks_; }
  Mailbox& box(int from, int to) const { return shared_->boxes[from][to]; }
  static std::string new_name();

 private:
  std::string name_;
  int ranks_;
  Shared* shared_;
};

/// One message on its way: bytes of this rank's, part by part.
class Transfer {
 public:
  Transfer(Mailbox& box, char* data, std::size_t bytes, bool sends)
      : box_(&box), data_(data), bytes_(bytes), sends_(sends) {}
  /// Goes on as far as it can. returns: true when it is over: what is sent has been taken.
  bool go_on();
  /// The other side has a message of another size there.
  bool mismatches() const { return mismatch_; }
  std::size_t bytes() const { return bytes_; }

 private:
  Mailbox* box_;
  char* data_;
  std::size_t bytes_, done_ = 0;
  bool sends_, mismatch_ = false;
  std::uint64_t last_ = 0;  // part that was put
};

}  // namespace simulated
