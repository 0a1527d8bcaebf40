#include <tessera/distributed/plan/scan.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <tessera/core/byte_sizes.hpp>
#include <tessera/core/memory/pool.hpp>
#include <tessera/distributed/plan/draft.hpp>
#include <tessera/distributed/plan/owners.hpp>
#include <tessera/distributed/plan/tile_space.hpp>
#include <tessera/distributed/plan/tile_values.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

// True when some rank has a chunk, and another one a chunk before it along the axis.
bool crosses_ranks(const TileOperator& walk, int axis) {
  const std::int64_t column = walk.grid.axis(axis).count();
  if (column <= 1 || walk.owners.ranks() == 1 || walk.owners.kind() == Distribution::Kind::replicated) return false;
  if (walk.owners.kind() != Distribution::Kind::blocks || walk.grouped == 0) return true;
  const auto& starts = walk.owners.starts();
  return std::any_of(starts.begin(), starts.end(), [&](std::int64_t s) { return s % column != 0; });
}

// One element for each chunk along the axis, with the chunk's owner.
Distribution owners_of_totals(const Distribution& owners, int axis) {
  std::vector<AxisChunks> axes;
  for (int i = 0; i < owners.grid().rank(); i++)
    axes.push_back(i == axis ? AxisChunks::regular(owners.grid().axis(i).count(), 1) : owners.grid().axis(i));
  ChunkGrid grid(std::move(axes));
  if (owners.kind() == Distribution::Kind::blocks)
    return Distribution::blocks(std::move(grid), owners.starts(), owners.order());
  std::vector<int> owner;
  for_each_index(grid.counts(), [&](const Dims& at) { owner.push_back(owners.owner(at)); });
  return Distribution::table(grid, owners.ranks(), std::move(owner));
}

std::int64_t state_size(const ScanOperator& op) { return item_size(op.scan.state()); }

// Rows of tiles: those along the axis hand on one carry.
Amount rows_of_tiles(const ScanOperator& op, const Dims& tile) {
  Amount n = 1;
  for (int i = 0; i < tile.size(); i++)
    if (i != op.axis) n *= tiles_along(op.walk.grid.axis(i), std::max<std::int64_t>(1, tile[i]));
  return n;
}

// Rows that are begun and not ended at any time: one for each tile that a worker has drawn (one in work, one ahead), and
// the one that is drawn from. On every rank all of them, where the walk may take another order.
Amount open_rows(const ScanOperator& op, const Dims& tile, int workers) {
  const Amount all = rows_of_tiles(op, tile);
  if (op.walk.owners.kind() == Distribution::Kind::replicated) return all;
  return op.by_totals ? Amount(2 * workers + 1) : std::min(all, Amount(2 * workers + 1));
}

// Of a rank while it hands on carries: its totals, what it sends, and the carry under way, twice.
Amount chain_bytes(const ScanOperator& op) {
  if (!op.by_totals) return 0;
  const auto rounded = [&](Amount elements) {
    return Amount(MemoryPool::rounded((elements * state_size(op)).value()));
  };
  return rounded(op.total_owners.most_elements()) + rounded(op.chain.sent) + rounded(Amount(op.chain.longest) * 2);
}

Amount beside(const ScanOperator& op, const Dims& tile, int workers) {
  const auto rounded = [](std::int64_t bytes) { return Amount(MemoryPool::rounded(bytes)); };
  return rounded(worker_bytes(op, tile)) * workers + rounded(lane_bytes(op, tile)) * open_rows(op, tile, workers) +
         chain_bytes(op);
}

}  // namespace

std::int64_t carry_bytes(const ScanOperator& op, const Dims& tile) {
  Amount bytes = state_size(op);
  for (int i = 0; i < tile.size(); i++)
    if (i != op.axis) bytes *= tile[i];
  return bytes.value();
}

std::int64_t worker_bytes(const ScanOperator& op, const Dims& tile) {
  return (Amount(carry_bytes(op, tile)) * (ceil_div(tile[op.axis], scan_piece) + 1)).value();
}

std::int64_t lane_bytes(const ScanOperator& op, const Dims& tile) {
  return (Amount(carry_bytes(op, tile)) * 2).value();
}

ScanOperator build_scan(Draft& draft, std::size_t stage, const NodePtr& node) {
  const ScanNode& n = as_scan(*node);
  ScanOperator op;
  op.axis = n.axis();
  op.scan = n.scan();
  TileOperator& walk = op.walk;
  walk.grid = n.grid();
  StageOutput o;
  o.program = program_of(n.program(), n.scalars());
  o.inputs = TileValues(draft, stage, walk).inputs_of(n);
  o.grid = n.grid();
  o.dtype = n.dtype();
  walk.outputs.push_back(std::move(o));
  const std::uint32_t along = 1u << op.axis;
  choose_owners(draft.plan(), walk, along, true);
  use_space(draft.plan(), walk, Space::host);
  op.by_totals = crosses_ranks(walk, op.axis);
  walk.grouped = along;
  if (op.by_totals) {
    op.total_owners = owners_of_totals(walk.owners, op.axis);
    op.chain = chain_of(op.total_owners, op.axis);
  }
  walk.outputs[0].owners = walk.owners;
  draft.send(stage, n, Space::host, walk.outputs[0]);
  return op;
}

std::string name_of(const ScanOperator& op) {
  const StageOutput& o = op.walk.outputs[0];
  return fmt::format("scan {} along axis {} to {} {}", name(op.scan.kind), op.axis, to_string(o.dtype),
                     to_string(o.grid.shape()));
}

std::optional<SpaceBytes> fit(const Plan& plan, ScanOperator& op, const SpaceBytes& available) {
  TileNeeds needs{Dims::filled(op.walk.grid.rank(), 1),
                  [&](const Dims& tile, int workers) { return beside(op, tile, workers); }};
  needs.unit[op.axis] = scan_piece;
  return fit_tiles(plan, op.walk, available, needs);
}

SpaceBytes memory_of(const ScanOperator& op) {
  SpaceBytes bytes = memory_of(op.walk);
  bytes.host += beside(op, op.walk.tile, op.walk.workers);
  return bytes;
}

Traffic traffic_of(const Plan& plan, const ScanOperator& op) {
  Traffic t = traffic_of(plan, op.walk);
  if (!op.by_totals) return t;
  t.tiles = (Amount(t.tiles) * 2).value(), t.bytes_read = (Amount(t.bytes_read) * 2).value();
  t.bytes_moved = (Amount(op.chain.moved) * state_size(op) + t.bytes_moved).value();
  t.messages += op.chain.messages;
  return t;
}

std::string explain(const Plan& plan, const ScanOperator& op) {
  const AxisChunks& chunks = op.walk.grid.axis(op.axis);
  std::string s = fmt::format("    scan     {} along axis {}, {} chunk{}: ", name(op.scan.kind), op.axis,
                              chunks.count(), chunks.count() == 1 ? "" : "s");
  s += op.by_totals ? "two walks, because they lie on several ranks: totals of chunks first, then carries from "
                      "rank to rank\n"
                    : "one walk\n";
  return s + explain(plan, op.walk);
}

std::string explain_memory(const ScanOperator& op) {
  const Amount all = beside(op, op.walk.tile, op.walk.workers);
  return fmt::format("{}, totals and carries {}", explain_memory(op.walk), format_size(all.value()));
}

}  // namespace tessera
