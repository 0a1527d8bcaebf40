#pragma once
// What goes from one tile of a scan to the next along the axis. A row is the tiles that hand it on: those of the same
// place on the other axes, all along the axis, or, where totals of the chunks are known, in one chunk. Workers draw the
// tiles of a row in order, so whoever waits for the tile before its own waits for one in work.
#include <condition_variable>
#include <map>
#include <mutex>

#include <tessera/distributed/execute/context.hpp>
#include <tessera/distributed/plan/scan.hpp>

namespace tessera {

/// A tile, and the chunk that it lies in.
struct ScanTile {
  const Dims& coordinates;
  const Box& chunk;
  const Box& tile;
};

class ScanCarries {
 public:
  /// totals: of chunks, which the first of two walks makes; in the second, which makes elements, the folds of all chunks
  /// before each. Null where there is one walk.
  ScanCarries(Execution& execution, const ScanOperator& op, Failure& failure, const SlabArray* totals, bool elements)
      : execution_(execution), op_(op), failure_(failure), totals_(totals), elements_(elements) {}

  /// Takes the totals of the tile's pieces, and gives for each the fold of its chunk before it, in their place, and in
  /// `carry` the fold of all chunks before. Waits for the tile before. returns false when something has failed.
  bool pass(const ScanTile& at, std::byte* pieces, std::byte* carry);

 private:
  struct Row {
    std::int64_t next = 0;  ///< where its next tile begins
    Buffer states;          ///< the carry, and the fold of the chunk so far
  };
  using Rows = std::map<std::int64_t, Row>;
  std::int64_t number_of(const ScanTile& at) const;
  Rows::iterator begin_row(const ScanTile& at, std::int64_t number);
  Rows::iterator wait_for_row(const ScanTile& at, std::int64_t number);
  void end_chunk(const ScanTile& at, std::byte* carry, const std::byte* within) const;

  Execution& execution_;
  const ScanOperator& op_;
  Failure& failure_;
  const SlabArray* totals_;
  bool elements_;
  std::mutex mutex_;
  std::condition_variable moved_;
  Rows rows_;
};

}  // namespace tessera
