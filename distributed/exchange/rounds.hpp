#pragma once
// An exchange in rounds. What one rank sends another is a stream of bytes whose length both know; it goes in messages
// of `largest` bytes, the last one shorter, one a round, so that what is under way takes bounded memory:
//   3 MiB for one peer and 1 MiB for another in messages of 1 MiB are rounds of two, one and one messages.
//
// Memory is taken when Rounds is made, before any rank sends, so that none is left waiting for one that has none. The
// functions of sizes are pure: plans add up what they give.
#include <algorithm>
#include <memory>
#include <vector>

#include <tessera/core/memory/pool.hpp>
#include <tessera/core/sizes.hpp>
#include <tessera/distributed/communicator.hpp>

namespace tessera {

class DeviceLink;

/// Of a rank that may have `budget` bytes of messages to and from `ranks` - 1 others under way: the largest message, in
/// whole elements of any dtype. Never below 64 KiB.
constexpr std::int64_t largest_message(std::int64_t budget, int ranks) {
  return std::max<std::int64_t>(64 << 10, budget / std::max(1, ranks - 1) / 64 * 64);
}
/// Messages of a stream.
constexpr std::int64_t message_count(std::int64_t bytes, std::int64_t largest) { return ceil_div(bytes, largest); }
/// Bytes of the memory that a stream's messages need, one after another.
constexpr std::int64_t message_memory(std::int64_t bytes, std::int64_t largest) { return std::min(bytes, largest); }

/// What has come from other ranks; `linked`: of these bytes, from device to device over their link.
struct Moved {
  std::int64_t bytes = 0, messages = 0, linked = 0;
};

/// What carries messages, and where they lie.
struct Transport {
  std::int64_t bytes = 0;                      ///< that a rank's messages under way may take together
  std::shared_ptr<MemoryPool> pool = nullptr;  ///< of their memory; null: of the host, beside the budget
  DeviceLink* link = nullptr;                  ///< of devices, whose memory the pool is of; null: the communicator
};

class Rounds {
 public:
  struct Stream {
    int peer;
    std::int64_t bytes;
  };
  /// Local. pool: of the memory; null for memory beside the budget.
  Rounds(Carrier& carrier, const std::shared_ptr<MemoryPool>& pool, std::vector<Stream> send,
         std::vector<Stream> receive, std::int64_t largest);
  /// Rounds of this rank; all ranks run as many as the one that has most.
  std::int64_t count() const;
  /// All that comes.
  Moved incoming() const;
  /// Its memory is given back to nobody: something may still write there.
  void abandon() { new Buffer(std::move(pooled_)); }

  /// The next round of all ranks; a rank whose own rounds are over still takes part. Collective.
  /// pack(k, offset, bytes, to): puts bytes [offset, offset + bytes) of stream k of `send` at `to`; unpack(k, offset,
  /// bytes, from) the same of `receive`. In order of k, and for each k of offset. Neither may throw.
  /// returns: what came.
  template <class Pack, class Unpack>
  Moved run(Pack&& pack, Unpack&& unpack) {
    begin(pack);
    return end(unpack);
  }

  // The same in two halves, between which the messages are under way.
  template <class Pack>
  void begin(Pack&& pack) {
    const std::int64_t offset = done_ * largest_;
    std::byte* at = memory();
    outgoing_.clear(), incoming_.clear();
    for (std::size_t k = 0; k < send_.size(); k++) {
      const std::int64_t bytes = std::min(largest_, send_[k].bytes - offset);
      if (bytes <= 0) continue;
      pack(k, offset, bytes, at);
      outgoing_.push_back({send_[k].peer, at, bytes});
      at += bytes;
    }
    for (const Stream& s : receive_) {
      const std::int64_t bytes = std::min(largest_, s.bytes - offset);
      if (bytes <= 0) continue;
      incoming_.push_back({s.peer, at, bytes});
      at += bytes;
    }
    carrier_.begin_exchange(outgoing_, incoming_);
  }
  template <class Unpack>
  Moved end(Unpack&& unpack) {
    const std::int64_t offset = done_++ * largest_;
    carrier_.end_exchange();
    Moved moved;
    std::size_t next = 0;
    for (std::size_t k = 0; k < receive_.size(); k++)
      if (receive_[k].bytes > offset) {
        const Piece& piece = incoming_[next++];
        unpack(k, offset, piece.bytes, static_cast<const std::byte*>(piece.data));
        moved.bytes += piece.bytes, moved.messages++;
      }
    return moved;
  }

 private:
  std::byte* memory() const { return pooled_.data() ? pooled_.data() : own_.get(); }

  Carrier& carrier_;
  std::vector<Stream> send_, receive_;
  std::int64_t largest_, done_ = 0;
  Buffer pooled_;
  std::unique_ptr<std::byte[]> own_;
  std::vector<Piece> outgoing_, incoming_;
};

}  // namespace tessera
