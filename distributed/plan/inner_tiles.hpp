#pragma once
// Inner tiles: those of a rank that need nothing of the halo around its chunks. It makes them while the halo is under way.
//   chunks [100, 200) of a rank, tiles of 20, a halo of 3 on either side: the tiles at 120, 140 and 160 are inner ones
#include <tessera/distributed/plan/tile_operator.hpp>

namespace tessera {

/// True where the order of tiles is nobody's business, and some are inner ones: none is folded, all are computed in the
/// host's memory, and halos lie apart from what a rank has. Once owners and space are chosen.
bool can_begin_with_inner_tiles(const TileOperator& op);
/// True where a rank makes its inner tiles first (TileOperator::inner_first), once blocks are chosen, too.
bool begins_with_inner_tiles(const TileOperator& op);
/// True for a fetch that brings nothing but halos.
bool brings_halos(const TileOperator& op, const StageFetch& fetch);

class InnerTiles {
 public:
  InnerTiles(const TileOperator& op, int rank);
  bool has(const Box& tile) const { return tile.lo[axis_] >= begin_ && tile.lo[axis_] + tile.extent[axis_] <= end_; }
  /// How many the rank has, of tiles as large as the operator's.
  Amount count() const;

 private:
  const TileOperator& op_;
  int axis_ = 0;
  Box owned_;
  std::int64_t begin_, end_;  // along that axis: a tile within is an inner one
};

/// Those of all ranks that are made first.
Amount inner_tiles(const TileOperator& op);

}  // namespace tessera
