#include <tessera/distributed/plan/fold_states.hpp>

#include <algorithm>
#include <bit>

#include <tessera/core/kernel/fixed_tree.hpp>
#include <tessera/core/memory/pool.hpp>
#include <tessera/distributed/plan/blocks.hpp>
#include <tessera/distributed/plan/partial_columns.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

// States of a tile's outputs from which a device combines them: of fewer a launch takes longer than the host, which does it meanwhile (a guess, not
// measured).
constexpr std::int64_t worth_device_bytes = 64 << 10;

}  // namespace

Amount region_state_bytes(const FoldOutput& f, const Dims& extent) {
  return f.fold.layout().bytes(product(f.result_extent(extent)).value());
}

Amount leaves_in(const FoldOutput& f, const Dims& extent) {
  Amount n = 1;
  for (int i = 0; i < extent.size(); i++)
    if (f.reduced >> i & 1u) n *= ceil_div(extent[i], f.leaf[i]);
  return n;
}

namespace {

// Of what a Fold's states depend on.
struct Sizes {
  std::int64_t chunks = 1, leaves = 1;  // of a column; of a chunk
  Amount region;                        // bytes of the states of a tile's outputs, as the pool gives them
  bool split = false;                   // a tile has not all leaves of its chunk
};

Sizes sizes_of(const TileOperator& op, const FoldOutput& f, const Dims& tile) {
  Sizes s;
  const Dims largest = op.grid.largest();
  for (int i = 0; i < op.grid.rank(); i++)
    if (f.reduced >> i & 1u) {
      s.chunks *= op.grid.axis(i).count();
      s.leaves *= ceil_div(std::max<std::int64_t>(1, largest[i]), f.leaf[i]);
    }
  s.region = rounded(region_state_bytes(f, tile));
  s.split = s.leaves > leaves_in(f, tile);
  return s;
}

// The most nodes of a tree over n items that are there before the last item comes, when they come in order: the most
// ones in the binary numbers below n.
std::int64_t most_open(std::int64_t n) { return n < 1 ? 0 : std::bit_width(static_cast<std::uint64_t>(n)) - 1; }

// Nodes of one region's column while its tiles come in order, but for the state that comes.
std::int64_t growing_nodes(const Sizes& s) { return most_open(s.chunks) + (s.split ? most_open(s.leaves) + 1 : 0); }

// Nodes more for each worker beside the first: the tile of one that is behind leaves a gap in a column, around which
// the others' states can't combine.
std::int64_t nodes_around_gap(const Sizes& s) {
  return tree_depth(s.chunks) + (s.split ? tree_depth(s.leaves) + 1 : 0) + 1;
}

// True when a worker may take several chunks at once (cursor.cpp), whose states it brings to the others in the end.
bool batched(const TileOperator& op, const Dims& tile) {
  const Dims largest = op.grid.largest();
  for (int i = 0; i < tile.size(); i++)
    if (largest[i] > tile[i]) return false;
  return product(largest) <= (32 << 10);
}

// Regions whose columns are open at a time when columns do not follow one another: of kept axes that the walk goes
// through before the first folded one, one chunk; of the others all.
Amount open_regions(const TileOperator& op, const FoldOutput& f, const Dims& tile) {
  Amount n = 1;
  bool folding = false;
  for (const auto a : op.owners.order()) {
    const int axis = static_cast<int>(a);
    const std::int64_t t = std::max<std::int64_t>(1, tile[axis]);
    if (f.reduced >> axis & 1u)
      folding = true;
    else
      n *= folding ? tiles_along(op.grid.axis(axis), t)
                   : ceil_div(std::max<std::int64_t>(1, op.grid.largest()[axis]), t);
  }
  return n;
}

// Regions that a block has: those of a chunk.
Amount regions_of_block(const TileOperator& op, const FoldOutput& f, const Dims& tile) {
  Amount n = 1;
  const Dims largest = op.grid.largest();
  for (int i = 0; i < tile.size(); i++)
    if (!(f.reduced >> i & 1u))
      n *= ceil_div(std::max<std::int64_t>(1, largest[i]), std::max<std::int64_t>(1, tile[i]));
  return n;
}

}  // namespace

bool may_combine_on_device(const TileOperator& op, const FoldOutput& f) {
  const bool looked_at = f.fold.combiner == Combiner::nanargmin || f.fold.combiner == Combiner::nanargmax;
  return op.space == Space::device && !looked_at && !f.groups && !f.fold.user;
}

bool combines_on_device(const TileOperator& op, const StageOutput& o, const Dims& tile) {
  const FoldOutput* f = o.fold();
  if (!f || !f->device_epilogue || op.space != Space::device) return false;
  const Sizes s = sizes_of(op, *f, tile);
  return s.chunks > 0 && s.leaves == 1 && region_state_bytes(*f, tile) >= worth_device_bytes;
}

bool finishes_on_device(const TileOperator& op, const StageOutput& o, const Dims& tile) {
  return combines_on_device(op, o, tile) && sizes_of(op, *o.fold(), tile).chunks == 1;
}

std::int64_t states_on_device(const TileOperator& op, const StageOutput& o, const Dims& tile) {
  const std::int64_t chunks = sizes_of(op, *o.fold(), tile).chunks;
  return chunks > 1 ? most_open(chunks) + 1 : 0;
}

StateMemory state_memory(const TileOperator& op, const StageOutput& o, const Dims& tile, int workers) {
  const FoldOutput& f = *o.fold();
  const Sizes s = sizes_of(op, f, tile);
  if (s.chunks == 0) return {s.region, s.region};
  const bool runs = batched(op, tile);
  const std::int64_t others = workers - 1;
  // Of a run of chunks a worker keeps the states until its end.
  const std::int64_t in_run = runs ? most_open(s.chunks) + 1 : 0;
  const std::int64_t beside = 2 + in_run + others * (nodes_around_gap(s) + 2 * in_run);
  SharedStates shared;
  if (o.owners.ranks() > 1) shared = shared_states(op, o, tile, s.region);
  // What a device finishes does not come here, but where another rank does.
  if (finishes_on_device(op, o, tile))
    return {o.owners.ranks() > 1 ? shared.kept + s.region * workers : Amount(), shared.with_others + s.region};
  Amount growing = s.region * growing_nodes(s);
  // Of all regions of a block the chunks' states stay; the leaves of one region are walked before the next.
  if (f.in_order && walks_blocks(op)) growing += s.region * most_open(s.chunks) * regions_of_block(op, f, tile);
  if (!f.in_order) {
    growing = growing * open_regions(op, f, tile);
    if (runs) growing += open_regions(op, f, tile) * s.region * (others * nodes_around_gap(s));
  }
  return {shared.kept + growing + s.region * beside, shared.with_others + s.region};
}

}  // namespace tessera
