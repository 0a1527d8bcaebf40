#pragma once
// Sums of integers over ranks, by a binary tree of them: rank 5 adds what 5 has to 4, 6 to 4, then 4 to 0, and the sum
// goes back the same way. Twice (ranks - 1) streams, whose lengths all know.
#include <memory>
#include <span>

#include <tessera/core/memory/pool.hpp>
#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/exchange/rounds.hpp>

namespace tessera {

class IntegerSum {
 public:
  /// Of up to n integers, in messages of `largest` bytes. Takes memory for what comes: n integers. Local.
  IntegerSum(Communicator& comm, const std::shared_ptr<MemoryPool>& pool, std::int64_t n, std::int64_t largest);
  /// Every rank gets the sums. Collective. returns: what came.
  Moved run(std::span<std::int64_t> values);

 private:
  enum class Way { send, receive };
  void pass(Way way, int peer, std::byte* data, std::int64_t bytes);

  Communicator& comm_;
  std::int64_t largest_;
  Buffer came_;
  std::vector<Piece> pieces_;
  Moved moved_;
};

/// What all ranks together send for one sum of n integers.
Moved integer_sum_traffic(int ranks, std::int64_t n, std::int64_t largest);

}  // namespace tessera
