#include <tessera/distributed/execute/cursor.hpp>

#include <algorithm>
#include <bit>

#include <tessera/distributed/plan/blocks.hpp>
#include <tessera/distributed/plan/fold_states.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {
constexpr std::int64_t batch_elements = 64 << 10;  // what an item of tiny chunks holds together
constexpr std::int64_t batch_chunks = 4096;
// What an item of chunks holds whose states a device combines: only what is left of them goes to the host then.
constexpr std::int64_t device_batch_elements = std::int64_t{1} << 30;

constexpr std::int64_t regions_per_worker = 4;  // so that workers end together

// True when a Fold keeps the regions of these columns.
bool folds_in_order(const TileOperator& op) {
  return std::any_of(op.outputs.begin(), op.outputs.end(),
                     [](const StageOutput& o) { return o.fold() && o.fold()->in_order; });
}

bool combines_states(const TileOperator& op) {
  return std::any_of(op.outputs.begin(), op.outputs.end(),
                     [&](const StageOutput& o) { return combines_on_device(op, o, op.tile); });
}

// True when the chunks of a column follow one another.
bool folded_last(const TileOperator& op) {
  const Dims& order = op.owners.order();
  bool folded = false;
  for (const auto axis : order) {
    const bool now = (op.grouped >> axis & 1u) != 0;
    if (folded && !now) return false;
    folded = now;
  }
  return true;
}
}  // namespace

TileCursor::TileCursor(const TileOperator& op, int rank)
    : op_(op), rank_(rank), runs_(op.owners.has_runs()), folded_(op.grouped), kept_(~op.grouped) {
  const auto& grid = op.grid;
  begin_ = runs_ ? op.owners.run_begin(rank) : 0;
  end_ = runs_ ? op.owners.run_end(rank) : grid.count();
  bool one_tile = true;
  std::int64_t elements = 1;
  const Dims largest = grid.largest();
  const bool in_order = runs_ && folded_last(op);
  for (int i = 0; i < grid.rank(); i++) {
    if (in_order && (folded_ >> i & 1u)) column_ *= std::max<std::int64_t>(1, grid.axis(i).count());
    one_tile = one_tile && largest[i] <= op.tile[i];
    elements *= std::max<std::int64_t>(1, largest[i]);
  }
  if (one_tile && runs_) {
    const bool combines = combines_states(op);
    batch_ = std::clamp<std::int64_t>((combines ? device_batch_elements : batch_elements) / elements, 1, batch_chunks);
    // Some items for every worker, also of a short run.
    batch_ = std::clamp<std::int64_t>((end_ - begin_) / (4 * op.workers), 1, batch_);
    if (combines)
      batch_ = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(batch_)));  // whole pairs
  }
  const std::int64_t chunks = std::max<std::int64_t>(1, grid.count());
  const std::int64_t mine = runs_ ? end_ - begin_ : chunks / std::max(1, op.owners.ranks());
  total_ = static_cast<std::int64_t>(static_cast<double>(op.tiles) * static_cast<double>(mine) /
                                     static_cast<double>(chunks));
  // A block has the tiles of one chunk alone.
  if (in_order && batch_ == 1 && column_ > 1 && folds_in_order(op) && !walks_blocks(op)) {
    std::int64_t regions = (end_ - begin_) / column_;
    for (int i = 0; i < grid.rank(); i++)
      if (kept_ >> i & 1u) regions *= ceil_div(largest[i], std::max<std::int64_t>(1, op.tile[i]));
    by_columns_ = op.workers == 1 || regions >= regions_per_worker * op.workers;
  }
  from_ = to_ = position_ = begin_;
  settle();
}

TileCursor::TileCursor(const TileOperator& op, int rank, std::int64_t position) : TileCursor(op, rank) {
  begin_ = position, end_ = position + 1;
  batch_ = 1;
  by_columns_ = false;
  from_ = to_ = position_ = position;
  settle();
}

Dims TileCursor::tiles_of(const Dims& at) const {
  Dims n;
  for (int i = 0; i < at.size(); i++) n.push_back(ceil_div(op_.grid.axis(i).length(at[i]), op_.tile[i]));
  return n;
}

std::int64_t TileCursor::product_where(const Dims& d, std::uint32_t axes) {
  std::int64_t n = 1;
  for (int i = 0; i < d.size(); i++)
    if (axes >> i & 1u) n *= d[i];
  return n;
}

// Moves to the next column (or, without runs, to the next chunk of this rank) when the current one is used up.
void TileCursor::settle() {
  if (position_ < to_) return;
  from_ = to_;
  if (!runs_)
    while (from_ < end_ && op_.owners.owner(op_.owners.at_position(from_)) != rank_) from_++;
  to_ = std::min(end_, runs_ ? (from_ / column_ + 1) * column_ : from_ + 1);
  position_ = from_;
  kept_tile_ = folded_tile_ = 0;
}

bool TileCursor::next(TileItem& item) {
  std::lock_guard lock(mutex_);
  if (batch_ > 1) {
    if (position_ >= end_) return false;
    item = {position_, std::min(batch_, end_ - position_), 0, 0};
    position_ += item.count;
    return true;
  }
  if (position_ >= end_) return false;
  item = {position_, 1, kept_tile_, folded_tile_};
  const Dims tiles = tiles_of(op_.owners.at_position(position_));
  if (++folded_tile_ < product_where(tiles, folded_)) return true;
  folded_tile_ = 0;
  if (++position_ < to_) return true;
  if (++kept_tile_ < product_where(tiles, kept_)) {
    position_ = from_;
    return true;
  }
  settle();
  return true;
}

bool TileCursor::next_column(TileColumn& column) {
  const std::lock_guard lock(mutex_);
  if (from_ >= end_) return false;
  column = {from_, to_, kept_tile_};
  if (++kept_tile_ < product_where(tiles_of(op_.owners.at_position(from_)), kept_)) return true;
  position_ = to_;
  settle();
  return true;
}

std::int64_t TileCursor::folded_tiles(std::int64_t position) const {
  return product_where(tiles_of(op_.owners.at_position(position)), folded_);
}

bool TileDraw::next(TileItem& item) {
  if (!inner_) return draw(item);
  // Of a run the longest beginning of one kind.
  while (rest_.count > 0 || draw(rest_)) {
    const bool inner = inner_->has(cursor_.first_box(rest_));
    item = rest_, item.count = 0;
    do item.count++, rest_.position++, rest_.count--;
    while (rest_.count > 0 && inner_->has(cursor_.first_box(rest_)) == inner);
    if (inner == wants_inner_) return true;
  }
  return false;
}

bool TileDraw::draw(TileItem& item) {
  if (!cursor_.by_columns()) return cursor_.next(item);
  if (column_.from >= column_.to) {
    if (!cursor_.next_column(column_)) return false;
    folded_tile_ = 0;
  }
  if (folded_tile_ == 0) folded_tiles_ = cursor_.folded_tiles(column_.from);
  item = {column_.from, 1, column_.kept_tile, folded_tile_};
  if (++folded_tile_ == folded_tiles_) column_.from++, folded_tile_ = 0;
  return true;
}

Box TileCursor::tile_box(const Dims& at, const TileItem& item) const {
  Box box = op_.grid.box(at);
  std::int64_t kept = item.kept_tile, folded = item.folded_tile;
  for (int i = at.size() - 1; i >= 0; i--) {
    const std::int64_t n = ceil_div(box.extent[i], op_.tile[i]);
    std::int64_t& which = folded_ >> i & 1u ? folded : kept;
    const std::int64_t k = which % n;
    which /= n;
    box.lo[i] += k * op_.tile[i];
    box.extent[i] = std::min(op_.tile[i], box.extent[i] - k * op_.tile[i]);
  }
  return box;
}

}  // namespace tessera
