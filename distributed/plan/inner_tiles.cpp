#include <tessera/distributed/plan/inner_tiles.hpp>

#include <algorithm>

#include <tessera/distributed/plan/blocks.hpp>
#include <tessera/distributed/plan/parts.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {

bool can_begin_with_inner_tiles(const TileOperator& op) {
  if (op.space != Space::host) return false;
  if (std::any_of(op.outputs.begin(), op.outputs.end(), [](const StageOutput& o) { return o.fold(); })) return false;
  return std::any_of(op.values.begin(), op.values.end(), [](const TileValue& v) {
    const auto* held = v.as<HeldValue>();
    return held && held->halo >= 0;
  });
}

bool begins_with_inner_tiles(const TileOperator& op) { return op.inner_first && !walks_blocks(op); }

bool brings_halos(const TileOperator& op, const StageFetch& fetch) {
  return std::all_of(fetch.values.begin(), fetch.values.end(),
                     [&](std::size_t v) { return op.values[v].as<FetchedValue>()->part != FetchedValue::Part::all; });
}

InnerTiles::InnerTiles(const TileOperator& op, int rank) : op_(op), owned_(owned_box(op, rank)) {
  const auto halo_axis = [&](const HeldValue& held) {
    return op.values[static_cast<std::size_t>(held.halo)].as<FetchedValue>()->axis;
  };
  for (const auto& v : op.values)
    if (const auto* held = v.as<HeldValue>(); held && held->halo >= 0) axis_ = halo_axis(*held);  // the same for all
  const std::int64_t owned_end = owned_.lo[axis_] + owned_.extent[axis_];
  begin_ = owned_.lo[axis_], end_ = owned_end;
  for (const auto& v : op.values) {
    const auto* held = v.as<HeldValue>();
    if (!held || held->halo < 0) continue;
    // What a tile reaches ends where the value does.
    if (v.within.lo[axis_] < owned_.lo[axis_]) begin_ = std::max(begin_, owned_.lo[axis_] + v.before[axis_]);
    if (v.within.lo[axis_] + v.within.extent[axis_] > owned_end) end_ = std::min(end_, owned_end - v.after[axis_]);
  }
}

Amount InnerTiles::count() const {
  if (owned_.empty()) return 0;
  const AxisChunks& chunks = op_.grid.axis(axis_);
  const std::int64_t extent = op_.tile[axis_];
  // The first bound of tiles from begin_ on, and the last one up to end_.
  const auto bound = [&](std::int64_t at, bool up) {
    if (at >= chunks.extent()) return chunks.extent();
    const std::int64_t k = chunks.find(at), b = chunks.bound(k);
    const std::int64_t tiles = up ? ceil_div(at - b, extent) : (at - b) / extent;
    return std::min(chunks.bound(k + 1), b + tiles * extent);
  };
  const std::int64_t first = bound(begin_, true), last = bound(std::max<std::int64_t>(end_, 0), false);
  if (first >= last) return 0;
  Amount tiles = tiles_touching(chunks, extent, first, last);
  for (int i = 0; i < op_.grid.rank(); i++)
    if (i != axis_) tiles *= tiles_along(op_.grid.axis(i), op_.tile[i]);
  return tiles;
}

Amount inner_tiles(const TileOperator& op) {
  Amount tiles;
  if (begins_with_inner_tiles(op)) for_each_walking(op, [&](int rank) { tiles += InnerTiles(op, rank).count(); });
  return tiles;
}

}  // namespace tessera
