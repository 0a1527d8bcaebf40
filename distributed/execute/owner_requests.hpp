#pragma once
// The requests of a block on their way to the owners of what they name. They are sorted by owner, every pair of ranks
// knows how many there are (one small all-to-all), and they go in messages, with a window of peers at a time
// (exchange/windows.hpp). Each message of requests is followed by one of their elements, in the same order: to the rank
// that asks (a gather) or to the owner (a scatter).
#include <functional>
#include <span>
#include <vector>

#include <tessera/distributed/execute/gather_block.hpp>

namespace tessera {

class OwnerRequests {
 public:
  /// Requests of one message, or of this rank to itself, with their elements in memory. `first`: of this rank's own, the
  /// number of the first within the block.
  struct Message {
    int peer;
    std::span<const std::int64_t> requests;
    std::int64_t first;
    std::byte* elements;
  };
  enum class Elements { to_asking, to_owner };
  using Messages = std::function<void(std::span<const Message>)>;

  /// Takes the memory. Local.
  OwnerRequests(StageRun& stage, const GatherOperator& op, GatherBlocks& blocks);

  /// Sorts what this rank's block asks for, once it has asked, and learns what others ask. Collective, also for a rank that
  /// has no block or has failed.
  /// returns: whether some rank has another block. throws on all ranks what has failed on one.
  bool begin();
  /// What this rank asks of itself; `elements` is null.
  Message own() const;
  /// All requests to others and their elements. fill: puts elements in their messages; take: has them. Neither may throw.
  /// Collective.
  void exchange(Elements way, const Messages& fill, const Messages& take);

 private:
  struct Lane {
    int peer;
    std::int64_t first, count;  // of the requests: to it this rank's own, from it so many
  };

  int owner_of(std::int64_t position);
  void set_window(int first, int last);
  void run_round(std::int64_t round, Elements way, const Messages& fill, const Messages& take);
  std::int64_t in_round(const Lane& lane, std::int64_t round) const;
  std::byte* slot(int kind, std::size_t number) const;
  std::int64_t bytes_of(const Message& message) const;
  void move();

  Execution& x_;
  Failure& failure_;
  const GatherOperator& op_;
  GatherBlocks& blocks_;
  const std::int64_t item_, most_;
  bool ascending_;
  ChunkOrder::Chunk chunk_;  // of the last position whose owner was asked for
  int owner_ = 0;
  Buffer memory_, messages_;
  std::int64_t *to_, *from_, *starts_, *ends_;  // by rank; ends_: of an owner's positions, where owners ascend
  std::int64_t longest_ = 0;                    // requests between two ranks, of the window
  std::vector<Lane> asks_, answers_;            // of the window
  std::vector<Message> mine_, others_;          // of the round: what this rank asks for, and what it is asked
  std::vector<Piece> outgoing_, incoming_;
};

}  // namespace tessera
