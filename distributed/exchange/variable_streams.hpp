#pragma once
// Rounds of streams whose length only the sender knows: a round of sizes comes first.
//
//   VariableStreams streams(comm);                   // local: memory for the sizes
//   streams.bytes_to()[p] = ...;                     // what this rank has for each other
//   streams.begin(pool, budget, failure);            // collective, also for a rank that has failed: sizes, memory,
//   agreement for (auto k = streams.rounds(); k > 0; k--) streams.run(pack, unpack);
#include <optional>
#include <span>
#include <vector>

#include <tessera/distributed/exchange/rounds.hpp>
#include <tessera/distributed/failure.hpp>

namespace tessera {

class VariableStreams {
 public:
  explicit VariableStreams(Communicator& comm);
  /// By rank; of this one 0.
  std::span<std::int64_t> bytes_to() { return to_; }
  /// Tells the others the sizes, takes memory for the messages, and agrees. Collective. throws what is in `failure` on
  /// any rank, on all.
  void begin(const std::shared_ptr<MemoryPool>& pool, std::int64_t budget, Failure& failure);
  std::int64_t rounds() const { return rounds_; }
  /// A round of all ranks, as Rounds::run, with the peer's rank in place of a stream's number.
  template <class Pack, class Unpack>
  Moved run(Pack&& pack, Unpack&& unpack) {
    return streams_->run([&](std::size_t k, auto... rest) { pack(to_peers_[k], rest...); },
                         [&](std::size_t k, auto... rest) { unpack(from_peers_[k], rest...); });
  }

 private:
  Communicator& comm_;
  std::vector<std::int64_t> to_, from_;
  std::vector<int> to_peers_, from_peers_;
  std::optional<Rounds> streams_;
  std::int64_t rounds_ = 0;
};

}  // namespace tessera
