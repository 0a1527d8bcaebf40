#pragma once
// What goes between pairs of ranks in a tile operator's exchanges, from the geometry alone: the streams that execution
// sends in rounds (exchange/rounds.hpp).
#include <functional>
#include <vector>

#include <tessera/distributed/plan/plan.hpp>

namespace tessera {

/// Called for each pair of different ranks between which something goes.
using ForStream = std::function<void(int from, int to, Amount bytes)>;

void for_each_stream(const Plan& plan, const TileOperator& op, const StageFetch& fetch, const ForStream& f);
/// Of the partial states of all Folds together, once the tile is known.
void for_each_state_stream(const TileOperator& op, const ForStream& f);
/// What such an exchange comes to, in messages of at most `largest` bytes.
class StreamTotals {
 public:
  StreamTotals(int ranks, std::int64_t largest) : largest_(largest), memory_(static_cast<std::size_t>(ranks)) {}
  void operator()(int from, int to, Amount bytes);
  /// Every rank gets all of an array of these owners.
  void to_all(const Distribution& owners, DType dtype);
  Amount moved() const { return moved_; }
  Amount messages() const { return messages_; }
  /// For the messages under way, the most of any rank; of the host.
  Amount memory() const;
  /// The same of a device's memory.
  Amount memory(const MemorySource& source) const;

 private:
  Amount most() const;

  std::int64_t largest_;
  Amount moved_, messages_;
  std::vector<Amount> memory_;  // by rank
  Amount memory_of_all_;        // that every rank takes besides
};

}  // namespace tessera
