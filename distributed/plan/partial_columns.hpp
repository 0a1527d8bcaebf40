#pragma once
// Columns that several ranks fold: how many states each rank has in the end of columns that another rank finishes. A
// column is all chunks along the folded axes; a rank that has some of them holds the nodes of the column's tree that
// these make up: of 8 chunks, [3, 8) are the nodes 3 and [4, 8).
#include <functional>
#include <utility>
#include <vector>

#include <tessera/distributed/plan/fold_states.hpp>

namespace tessera {

/// Chunks [first, second).
using ChunkRange = std::pair<std::int64_t, std::int64_t>;

/// Nodes of a fixed tree over n items that whoever has these items holds. `ranges`: ascending, apart from each other.
std::int64_t held_nodes(std::int64_t n, const std::vector<ChunkRange>& ranges);

/// Calls f(from, to, bytes) for what a rank sends another of this Fold, headers included; more than once for a pair.
void for_each_partial(const TileOperator& op, const StageOutput& output,
                      const std::function<void(int from, int to, Amount bytes)>& f);

/// Bytes of the states that a rank has when it has walked its tiles, and with all that come from others; the most of
/// any rank. `region`: the bytes of those of one tile.
struct SharedStates {
  Amount kept, with_others;
};
SharedStates shared_states(const TileOperator& op, const StageOutput& output, const Dims& tile, Amount region);

}  // namespace tessera
