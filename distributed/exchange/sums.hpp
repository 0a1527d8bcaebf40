#pragma once
// Sums of integers over the ranks, every rank with as many of them. A rank adds up its share of the places for all, so
// nothing takes memory for each pair of a rank and a place.
#include <memory>
#include <span>

#include <tessera/core/memory/pool.hpp>
#include <tessera/distributed/communicator.hpp>

namespace tessera {

class Sums {
 public:
  /// Takes memory for up to `places` numbers. Local.
  Sums(Communicator& comm, const std::shared_ptr<MemoryPool>& pool, std::int64_t places);
  static std::int64_t memory(int ranks, std::int64_t places);

  /// Each number becomes its sum over the ranks. Collective.
  void over_all(std::span<std::int64_t> values);
  /// Each becomes its sum over the ranks before this one. Collective.
  void over_ranks_before(std::span<std::int64_t> values);

 private:
  /// Everybody's numbers of this rank's share, in `received_`, rank after rank. Collective.
  std::int64_t deal(std::span<const std::int64_t> values);

  Communicator& comm_;
  std::int64_t places_;  // padded
  Buffer memory_;
  std::int64_t *sent_ = nullptr, *received_ = nullptr;
};

}  // namespace tessera
