#pragma once
// The order in which a rank walks its tiles. A chunk is cut into tiles; tiles of one output region follow one another
// along the folded axes (kept sub-tile slowest, then chunks of the column, then folded sub-tiles), so that few states
// are open at a time. Thread-safe: workers draw items (TileDraw). Many tiny chunks make one item. Where a rank has many
// regions whose columns follow one another, a worker draws a region with all chunks of its column: the states of the
// column, which may be more than its elements, stay in that worker's cache, and nobody else waits for them.
#include <mutex>

#include <tessera/distributed/plan/inner_tiles.hpp>
#include <tessera/distributed/plan/plan.hpp>

namespace tessera {

/// One tile, or a run of whole chunks of one tile each: positions [position, position + count) in the owners' order.
struct TileItem {
  std::int64_t position = 0, count = 1;
  std::int64_t kept_tile = 0, folded_tile = 0;  ///< which tile of the chunk; 0 and 0 for runs
};

/// The tiles of an output region: one kept tile in the chunks at positions [from, to).
struct TileColumn {
  std::int64_t from = 0, to = 0, kept_tile = 0;
};

class TileCursor {
 public:
  TileCursor(const TileOperator& op, int rank);
  /// The tiles of one chunk of the rank alone.
  TileCursor(const TileOperator& op, int rank, std::int64_t position);
  bool next(TileItem& item);
  /// True where workers draw whole columns.
  bool by_columns() const { return by_columns_; }
  bool next_column(TileColumn& column);
  /// Tiles along the folded axes of the chunk at a position.
  std::int64_t folded_tiles(std::int64_t position) const;
  /// The domain box of an item's tile in the chunk at `coordinates`.
  Box tile_box(const Dims& coordinates, const TileItem& item) const;
  /// The same of an item's first tile.
  Box first_box(const TileItem& item) const { return tile_box(op_.owners.at_position(item.position), item); }
  /// Tiles of this rank, for progress.
  std::int64_t total() const { return total_; }

 private:
  Dims tiles_of(const Dims& coordinates) const;
  static std::int64_t product_where(const Dims& d, std::uint32_t axes);
  void settle();

  const TileOperator& op_;
  int rank_;
  std::mutex mutex_;
  bool runs_;
  std::uint32_t folded_, kept_;
  std::int64_t column_ = 1;  // chunks of one column: consecutive positions that share an output region
  std::int64_t batch_ = 1;   // chunks of one item when each is one tile
  bool by_columns_ = false;
  std::int64_t begin_, end_;  // positions
  std::int64_t total_ = 0;
  // The place of the next item: a column's part [from_, to_), a kept tile, a position in it, a folded tile.
  std::int64_t from_ = 0, to_ = 0, kept_tile_ = 0, position_ = 0, folded_tile_ = 0;
};

/// What one worker draws.
class TileDraw {
 public:
  explicit TileDraw(TileCursor& cursor) : cursor_(cursor) {}
  /// The inner tiles, or the others. `inner` stays.
  TileDraw(TileCursor& cursor, const InnerTiles& inner, bool wants_inner)
      : cursor_(cursor), inner_(&inner), wants_inner_(wants_inner) {}
  bool next(TileItem& item);

 private:
  bool draw(TileItem& item);
  TileCursor& cursor_;
  const InnerTiles* inner_ = nullptr;  // null: all tiles
  bool wants_inner_ = true;
  TileItem rest_{0, 0, 0, 0};  // of a run that was drawn, of which a part is wanted
  TileColumn column_;
  std::int64_t folded_tile_ = 0, folded_tiles_ = 0;
};

}  // namespace tessera
