#pragma once
// How the carries of a scan go from rank to rank: along the axis, from the owner of each chunk to that of the next one,
// when that is another. A rank that gets a carry adds the totals of its chunks behind it, one after another, and hands it
// on. So carries are added from left to right on any ranks, and each travels once.
//   6 chunks, two each on 3 ranks: rank 0 sends the carry behind chunk 1 to rank 1, and that the one behind chunk 3 to
//   rank 2
// All borders have an order, by the chunk behind them, its place along the axis first. A border follows from those at
// smaller places alone; a rank goes through its own in this order, so nobody waits for one that waits for it.
#include <vector>

#include <tessera/distributed/distribution.hpp>

namespace tessera {

/// Between two chunks of different ranks that follow one another along the axis.
struct ScanBorder {
  Dims chunk;             ///< the one behind it
  std::int64_t elements;  ///< of the carry
  int from, to;           ///< the ranks
};

/// Those of a rank, in order. `totals`: the owners of one element for each chunk along the axis.
std::vector<ScanBorder> borders_of(const Distribution& totals, int axis, int rank);

/// What the carries of all ranks come to, in elements.
struct ScanChain {
  std::int64_t moved = 0, messages = 0;
  std::int64_t sent = 0;     ///< by one rank, at most
  std::int64_t longest = 0;  ///< of a carry
};
ScanChain chain_of(const Distribution& totals, int axis);

}  // namespace tessera
