#pragma once
// A walk over what this rank has of one row of a sort, tile by tile in the order of its indices, a batch at a time. The
// workers make a batch's tiles in any order, and each hands its elements on.
#include <atomic>
#include <functional>

#include <tessera/distributed/execute/tile_walk.hpp>
#include <tessera/distributed/plan/spread_sort.hpp>

namespace tessera {

/// Elements of a tile of a row: `n` of them, `stride` bytes apart; the first has this index on the axis.
struct RowElements {
  int thread = 0;
  std::int64_t index = 0, n = 0;
  const std::byte* data = nullptr;
  std::int64_t stride = 0;
};
/// Called by any worker. Made by std::ref: a copy may allocate.
using TakeElements = std::function<void(const RowElements&)>;

class RowWalk {
 public:
  /// Takes the memory that does not grow. `fetched`: by value number. Local.
  RowWalk(StageRun& stage, const SpreadSort& op, const std::vector<HeldBox>& fetched);
  ~RowWalk();

  /// The next walk is over the row through `at`, whose place on the axis does not matter.
  void begin(const Dims& at);
  /// The same row again.
  void rewind();
  /// Elements of the row on this rank.
  std::int64_t size() const { return size_; }
  /// Walks the next batch, whose elements follow one another: its first index and length; none when the row is over.
  /// Stops early when something fails, which stays in the stage's failure.
  RowElements next(const TakeElements& take);
  /// Walks one tile of `every` of the whole row. Where it stops is nowhere.
  void sample(std::int64_t every, const TakeElements& take);
  /// The first index of the batch in work.
  std::int64_t index() const { return index_; }
  /// Batches of the row on this rank.
  std::int64_t batches() const;

 private:
  class Runner;
  struct Place {
    std::int64_t chunk, tile;  // along the axis
  };
  /// The end of the batch that begins there.
  Place end_of_batch(Place from, std::int64_t& elements) const;
  TileItem item(const Place& at) const;
  void go_on(Place& at) const;
  void run_workers(std::int64_t elements, const TakeElements& take);
  void work(int thread, const TakeElements& take);

  StageRun& stage_;
  const SpreadSort& op_;
  const std::vector<HeldBox>& fetched_;
  TileCursor cursor_;
  std::vector<std::unique_ptr<Columns>> no_columns_;
  std::vector<std::unique_ptr<Runner>> runners_;
  // The row.
  Dims chunk_;  // its chunks; on the axis the one in work
  std::int64_t column_ = 0, kept_tile_ = 0, size_ = 0, index_ = 0;
  RowPart chunks_;
  Place next_{}, end_{};
  std::int64_t step_ = 1;  // tiles from one that is walked to the next
  std::mutex mutex_;
  std::int64_t tiles_before_ = 0;
};

}  // namespace tessera
