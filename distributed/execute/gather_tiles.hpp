#pragma once
// The tiles of a gather: from index arrays to positions in the array that they index (chunk_order.hpp).
#include <optional>
#include <span>

#include <tessera/distributed/chunk_order.hpp>
#include <tessera/distributed/execute/held_rows.hpp>
#include <tessera/distributed/execute/tile_runner.hpp>
#include <tessera/distributed/plan/gather.hpp>

namespace tessera {

/// Where the rows of a tile begin. Of one worker.
class GatherPositions {
 public:
  GatherPositions(const GatherOperator& op, const ChunkOrder& order, const std::shared_ptr<MemoryPool>& pool)
      : op_(op), order_(order), batch_(pool, batch_bytes(), "positions of rows") {}

  /// Calls f(at, rows, positions) for the rows of the tile in row-major order: some that follow one another along the
  /// last axis that is none of the rows', the first of them at index `at` of the result.
  /// operands: the index arrays, from the tile's first index on. throws IndexError.
  template <class F>
  void for_each_batch(const Box& tile, std::span<const StridedInput> operands, F&& f) {
    const int line = line_axis();
    Dims outer;
    for (int i = 0; i < line; i++) outer.push_back(tile.extent[i]);
    const std::int64_t rows = line < 0 ? 1 : tile.extent[line];
    for_each_index(outer, [&](const Dims& k) {
      Dims at = tile.lo;
      for (int i = 0; i < k.size(); i++) at[i] += k[i];
      for (std::int64_t done = 0; done < rows; done += gather_batch) {
        if (line >= 0) at[line] = tile.lo[line] + done;
        const std::int64_t n = std::min(gather_batch, rows - done);
        find(tile, operands, at, n);
        f(static_cast<const Dims&>(at), n, static_cast<const std::int64_t*>(positions()));
      }
    });
  }
  /// The axis that a batch's rows follow one another along; -1: the tile is one row.
  int line_axis() const { return op_.walk.grid.rank() - op_.row_axes - 1; }

 private:
  std::int64_t* positions() const { return reinterpret_cast<std::int64_t*>(batch_.data()); }
  std::int64_t* values() const { return positions() + gather_batch; }
  void find(const Box& tile, std::span<const StridedInput> operands, const Dims& at, std::int64_t rows);
  void find_in_chunks(const Box& tile, std::span<const StridedInput> operands, const Dims& at, std::int64_t rows);
  void check(const Box& tile, const StridedInput& operand, std::size_t index, const Dims& at, std::int64_t rows);
  [[noreturn]] void fail(std::size_t index, std::int64_t value, Dims at, std::int64_t row) const;

  const GatherOperator& op_;
  const ChunkOrder& order_;
  Buffer batch_;
};

/// What is made of gathered elements (GatherOperator::use) is made of this, besides.
struct GatherUse {
  const std::vector<HeldBox>& fetched;
  std::vector<std::unique_ptr<Columns>>& columns;
};

/// A worker that makes it, of one tile after another.
class GatherUser final : public TileRunner {
 public:
  GatherUser(StageRun& stage, const GatherOperator& op, const TileCursor& cursor, const GatherUse& use, int thread);
  /// elements: of the tile, dense; of the chunk at `at`.
  void run(const Dims& at, const Box& tile, std::byte* elements);

 private:
  std::vector<HeldBox> boxes_;  // by value number
};

/// A worker that copies rows where they are asked for.
class GatherHere final : public TileRunner {
 public:
  GatherHere(StageRun& stage, const GatherOperator& op, const ChunkOrder& order, const TileCursor& cursor,
             const std::vector<HeldBox>& fetched, std::vector<std::unique_ptr<Columns>>& no_columns,
             const GatherUse* use, int thread);
  void finish() override;

 private:
  void map_tile(std::size_t number, const Dims& coordinates, const Box& tile) override;

  const GatherOperator& gather_;
  GatherPositions positions_;
  HeldRows rows_;
  std::optional<GatherUser> user_;
};

}  // namespace tessera
