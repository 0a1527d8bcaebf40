#pragma once
// Sums of integers over ranks, in streams whose lengths all know.
//   over all ranks      by a binary tree of them: rank 5 adds what 5 has to 4, 6 to 4, then 4 to 0, and the sum goes back
//                       the same way. Twice (ranks - 1) streams
//   over those before   by doubling: after the step to the rank 2^k further on a rank has the sum of 2^(k+1) ranks, itself
//                       the last of them; what the one before it has then is the result
#include <memory>
#include <span>

#include <tessera/core/memory/pool.hpp>
#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/exchange/rounds.hpp>

namespace tessera {

class IntegerSum {
 public:
  /// Of up to n integers, in messages of `largest` bytes. Takes memory for what comes. Local.
  IntegerSum(Communicator& comm, const std::shared_ptr<MemoryPool>& pool, std::int64_t n, std::int64_t largest);
  static std::int64_t memory(int ranks, std::int64_t n) { return ranks == 1 ? 0 : n * 8; }

  // Both: each number becomes a sum. Collective. returns: what came.
  Moved over_all(std::span<std::int64_t> values);
  Moved over_ranks_before(std::span<std::int64_t> values);

 private:
  /// Sends the values to one rank while those of another come, into `to`; a number that is no rank's means nobody.
  void pass(int receiver, std::span<const std::int64_t> values, int sender, std::int64_t* to);
  std::span<Piece> cut(std::vector<Piece>& pieces, int peer, std::byte* data, std::int64_t bytes) const;

  Communicator& comm_;
  std::int64_t largest_;
  Buffer came_;
  std::vector<Piece> outgoing_, incoming_;
  Moved moved_;
};

/// What all ranks together send for one sum of n integers over all ranks, or over those before.
Moved traffic_of_sum(int ranks, std::int64_t n, std::int64_t largest);
Moved traffic_of_sum_before(int ranks, std::int64_t n, std::int64_t largest);

}  // namespace tessera
