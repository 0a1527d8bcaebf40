#pragma once
// The requests of a block to the owners of what they ask for: they are sorted by owner, every pair of ranks knows how many
// there are (one small all-to-all), and they go in messages, with a window of peers at a time (exchange/windows.hpp); each
// message is answered by one with the elements, in the order of its requests.
#include <tessera/distributed/execute/gather_block.hpp>

namespace tessera {

class GatherExchange {
 public:
  /// Takes the memory. Local.
  GatherExchange(StageRun& stage, const GatherOperator& op, GatherBlocks& blocks);
  /// What this rank's block asks for, once it has asked. Collective, also for a rank that has no block or has failed.
  /// returns: whether some rank has another block. throws on all ranks what has failed on one.
  bool run();

 private:
  struct Lane {
    int peer;
    std::int64_t first, count;  // of the requests: to it this rank's own, from it so many
  };

  int owner_of(std::int64_t position);
  void run_window(int first, int last);
  void run_round(std::int64_t round);
  std::int64_t in_round(const Lane& lane, std::int64_t round) const;
  std::byte* slot(int kind, std::size_t number) const;

  StageRun& stage_;
  Execution& x_;
  const GatherOperator& op_;
  GatherBlocks& blocks_;
  HeldRows rows_;
  const std::int64_t item_, most_;
  bool ascending_;
  ChunkOrder::Chunk chunk_;  // of the last position whose owner was asked for
  int owner_ = 0;
  Buffer memory_, messages_;
  std::int64_t *to_, *from_, *starts_, *ends_;  // by rank; ends_: of an owner's positions, where owners ascend
  std::vector<Lane> asks_, answers_;            // of the window
  std::vector<Piece> outgoing_, incoming_;
};

}  // namespace tessera
