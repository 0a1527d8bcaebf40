#include <tessera/distributed/plan/masks.hpp>

#include <fmt/format.h>

#include <tessera/core/byte_sizes.hpp>
#include <tessera/core/errors.hpp>
#include <tessera/core/memory/pool.hpp>
#include <tessera/distributed/plan/draft.hpp>
#include <tessera/distributed/plan/owners.hpp>
#include <tessera/distributed/plan/tile_space.hpp>
#include <tessera/distributed/plan/tile_values.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

bool gives_a_chunk(const MaskOperator& op, std::int64_t chunk) {
  return !op.starts ||
         (*op.starts)[static_cast<std::size_t>(chunk) + 1] > (*op.starts)[static_cast<std::size_t>(chunk)];
}

// Who makes each chunk of the result: whoever walks the chunk that it comes from.
Distribution owners_of(const MaskOperator& op, const ChunkGrid& grid) {
  const Distribution& walkers = op.walk.owners;
  if (walkers.kind() == Distribution::Kind::replicated) return Distribution::replicated(grid, walkers.ranks());
  const std::int64_t chunks = op.walk.grid.count();
  std::vector<int> owners;
  if (!(walkers.kind() == Distribution::Kind::blocks && walkers.is_row_major())) {
    for (std::int64_t k = 0; k < chunks; k++)
      if (gives_a_chunk(op, k)) owners.push_back(walkers.owner(k));
    return Distribution::table(grid, walkers.ranks(), std::move(owners));
  }
  std::vector<std::int64_t> starts;
  std::int64_t made = 0;
  for (std::int64_t k = 0, r = 0; r <= walkers.ranks(); r++) {
    for (; k < walkers.starts()[static_cast<std::size_t>(r)]; k++) made += gives_a_chunk(op, k);
    starts.push_back(made);
  }
  return Distribution::blocks(grid, std::move(starts));
}

// Tiles that follow one another in row-major order: whole in the axes behind the one that is cut.
Dims unit_of(const MaskOperator& op) {
  const Dims largest = op.walk.grid.largest();
  Dims unit = Dims::filled(largest.size(), 1);
  int cut = 0;
  while (cut + 1 < op.mask_axes && largest[cut] == 1) cut++;
  for (int i = cut + 1; i < largest.size(); i++) unit[i] = std::max<std::int64_t>(1, largest[i]);
  return unit;
}

Amount beside(const MaskOperator& op, const Dims& tile, int workers) {
  return op.starts ? Amount(MemoryPool::rounded(selected_bytes(op, tile))) * workers : Amount();
}

}  // namespace

std::int64_t selected_bytes(const MaskOperator& op, const Dims& tile) {
  Amount row = item_size(op.walk.outputs[0].dtype);
  for (int i = op.mask_axes; i < tile.size(); i++) row *= tile[i];
  Amount rows = 1;
  for (int i = 0; i < op.mask_axes; i++) rows *= tile[i];
  return (row * (rows + 1).value()).value();
}

MaskOperator build_masks(Draft& draft, std::size_t stage, const NodePtr& node) {
  MaskOperator op;
  TileOperator& walk = op.walk;
  StageOutput o;
  if (node->kind() == NodeKind::compress) {
    const CompressNode& n = as_compress(*node);
    walk.grid = n.domain(), op.mask_axes = n.mask_axes(), op.starts = n.starts();
    o.inputs = TileValues(draft, stage, walk).inputs_of({n.inputs()[1], n.inputs()[0]});
  } else {
    walk.grid = as_mask_count(*node).domain(), op.mask_axes = walk.grid.rank();
    o.inputs = TileValues(draft, stage, walk).inputs_of(*node);
  }
  o.grid = node->grid();
  o.dtype = node->dtype();
  walk.outputs.push_back(std::move(o));
  choose_owners(draft.plan(), walk, 0, false);
  use_space(draft.plan(), walk, Space::host);
  walk.outputs[0].owners = owners_of(op, node->grid());
  draft.send(stage, *node, Space::host, walk.outputs[0]);
  if (!op.starts && !walk.outputs[0].array) throw InternalError("counts of a mask are in memory");
  return op;
}

std::string name_of(const MaskOperator& op) {
  const StageOutput& o = op.walk.outputs[0];
  if (!op.starts) return "count a mask " + to_string(op.walk.grid.shape());
  return fmt::format("compress to {} {}", to_string(o.dtype), to_string(o.grid.shape()));
}

std::optional<SpaceBytes> fit(const Plan& plan, MaskOperator& op, const SpaceBytes& available) {
  return fit_tiles(plan, op.walk, available,
                   {unit_of(op), [&](const Dims& tile, int workers) { return beside(op, tile, workers); }});
}

SpaceBytes memory_of(const MaskOperator& op) {
  SpaceBytes bytes = memory_of(op.walk);
  bytes.host += beside(op, op.walk.tile, op.walk.workers);
  return bytes;
}

Traffic traffic_of(const Plan& plan, const MaskOperator& op) { return traffic_of(plan, op.walk); }

std::string explain(const Plan& plan, const MaskOperator& op) {
  std::string s = op.starts ? fmt::format("    masks    {} of {} rows are selected\n", op.starts->back(),
                                          [&] {
                                            std::int64_t rows = 1;
                                            for (int i = 0; i < op.mask_axes; i++)
                                              rows *= op.walk.grid.axis(i).extent();
                                            return rows;
                                          }())
                            : fmt::format("    masks    counted in {} chunks\n", op.walk.grid.count());
  return s + explain(plan, op.walk);
}

std::string explain_memory(const MaskOperator& op) {
  return fmt::format("{}, selected {}", explain_memory(op.walk),
                     format_size(beside(op, op.walk.tile, op.walk.workers).value()));
}

}  // namespace tessera
