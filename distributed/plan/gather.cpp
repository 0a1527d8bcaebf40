#include <tessera/distributed/plan/gather.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <tessera/core/byte_sizes.hpp>
#include <tessera/core/memory/pool.hpp>
#include <tessera/core/store_calls.hpp>
#include <tessera/distributed/plan/draft.hpp>
#include <tessera/distributed/plan/gather_rows.hpp>
#include <tessera/distributed/plan/owners.hpp>
#include <tessera/distributed/plan/tile_space.hpp>
#include <tessera/distributed/plan/tile_values.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

// Of requests to owners, beside what they bring: so that a block's elements stay in a cache while they come.
constexpr std::int64_t owner_block_bytes = 32 << 20;
// What is read at once of what is not read whole.
constexpr std::int64_t least_read = 1 << 20;
constexpr std::int64_t least_block_bytes = 64 << 10;
// Of a request: its position, where its elements go, and a key to sort by.
constexpr std::int64_t bytes_of_request = 2 * (8 + 4) + 4;

std::int64_t item(const GatherOperator& op) { return item_size(op.walk.outputs[0].dtype); }

const StoreInfo* stored(const Plan& plan, const GatherOperator& op) {
  const Store* store = op.way == GatherOperator::Way::in_order ? plan.source(op.source).store() : nullptr;
  return store ? &store->info() : nullptr;
}

// Where its elements are, and in which order they are numbered.
void choose_way(Draft& draft, std::size_t stage, GatherOperator& op, const Edge& source) {
  using Way = GatherOperator::Way;
  const Node& n = *source.node;
  const Plan& plan = draft.plan();
  const bool whole = n.is_made_whole();
  if (whole || as_source(n).resident()) {
    op.array = whole ? draft.array_for(stage, n) : HeldArray{HeldArray::From::source, draft.source(source.node)};
    const Distribution& d = distribution_of(plan, op.array);
    op.way = plan.limits.ranks == 1 || on_every_rank(plan, op.array) ? Way::here : Way::by_owner;
    op.grid = d.grid();
    op.owners = d;
    return;
  }
  op.way = Way::in_order;
  op.source = draft.source(source.node);
  const Store* store = plan.source(op.source).store();
  op.grid = store && store->info().chunked ? store->info().grid : ChunkGrid::regular(n.shape(), n.shape());
}

std::vector<GatheredAxis> axes_of(const GatherNode& n) {
  std::vector<GatheredAxis> axes;
  for (const auto& a : n.source().map.axes()) {
    GatheredAxis axis{-1, -1, a.offset, a.stride};
    if (a.from >= 0) {
      const GatherNode::Axis& of = n.axes()[static_cast<std::size_t>(a.from)];
      axis.index = of.index;
      if (of.index < 0)
        axis.from = of.seen.from, axis.offset += a.stride * of.seen.offset, axis.stride = a.stride * of.seen.stride;
    }
    axes.push_back(axis);
  }
  return axes;
}

std::vector<GatherIndex> indices_of(const GatherNode& n) {
  std::vector<GatherIndex> indices(n.indices().size());
  for (std::size_t j = 0; j < n.axes().size(); j++)
    if (const int k = n.axes()[j].index; k >= 0)
      indices[static_cast<std::size_t>(k)] = {n.source().map.output()[static_cast<int>(j)], static_cast<int>(j),
                                              n.places()[static_cast<std::size_t>(k)]};
  return indices;
}

// What a rank asks for in all tiles together, or more.
Amount requests_per_rank(const Plan& plan, const GatherOperator& op, const Dims& tile) {
  const bool all = op.walk.owners.kind() == Distribution::Kind::replicated;
  Amount tiles = 1, most = all ? num_elements(op.walk.grid.shape()) : op.walk.owners.most_elements();
  for (int i = 0; i < tile.size(); i++) tiles *= tiles_along(op.walk.grid.axis(i), std::max<std::int64_t>(1, tile[i]));
  static_cast<void>(plan);
  return std::min(most, tiles * requests_of(op, tile));
}

// Room for what tiles of this size ask for, of about `bytes`; for one tile at least, and for no more than there is.
GatherBlock block_of(const Plan& plan, const GatherOperator& op, const Dims& tile, std::int64_t bytes) {
  const std::int64_t of_tile = requests_of(op, tile), size = product(tile).value();
  const Amount requests =
      std::min(Amount(bytes / (bytes_of_request + op.piece * item(op))), requests_per_rank(plan, op, tile));
  GatherBlock block;
  block.requests = std::clamp<std::int64_t>(requests.value(), of_tile, std::max(of_tile, std::int64_t{1} << 31));
  block.elements = std::max(size, (Amount(block.requests) * op.piece).value());
  block.elements = std::max(size, std::min(block.elements, (std::int64_t{1} << 32) - 1));
  return block;
}

Amount beside(const GatherOperator& op, int workers) {
  Amount bytes = rounded(batch_bytes()) * workers;
  if (op.way == GatherOperator::Way::here) return bytes;
  bytes += rounded(request_bytes(op));
  bytes += rounded(gathered_bytes(op));
  bytes += rounded(sorting_bytes(op));
  if (op.way == GatherOperator::Way::by_owner) return bytes + rounded(message_bytes_of(op)) + rounded(owner_bytes(op));
  return bytes;
}

// What is read at once: a compressed chunk whole, where that leaves room; of others what a read is worth.
Dims cell_of(const Plan& plan, const GatherOperator& op, std::int64_t room) {
  Dims cell = op.grid.largest();
  const StoreInfo* info = stored(plan, op);
  const std::int64_t bytes = (product(cell) * item(op)).value();
  if (info && !info->filters.empty() && bytes <= room) return cell;
  std::int64_t elements =
      std::max<std::int64_t>(op.piece, std::min(least_read, std::max<std::int64_t>(room, 1)) / item(op));
  for (int i = cell.size() - 1; i >= 0; i--) {
    cell[i] = std::clamp<std::int64_t>(cell[i], 0, elements);
    elements = std::max<std::int64_t>(1, elements / std::max<std::int64_t>(1, cell[i]));
  }
  return cell;
}

Amount scratch_bytes(const Plan& plan, const GatherOperator& op) {
  const Store* store = op.way == GatherOperator::Way::in_order ? plan.source(op.source).store() : nullptr;
  if (!store) return 0;
  return run_store_code(*store, [&] { return store->scratch_bytes(op.cell); });
}

}  // namespace

GatherOperator build_gather(Draft& draft, std::size_t stage, const NodePtr& node, const std::vector<NodePtr>& roots) {
  const GatherNode& n = as_gather(*node);
  const bool whole = roots[0] == node;
  GatherOperator op;
  choose_way(draft, stage, op, n.source());
  op.axes = axes_of(n);
  op.indices = indices_of(n);
  TileOperator& walk = op.walk;
  if (!whole) add_outputs(draft, stage, op.use.emplace(), roots);
  walk.grid = whole ? n.grid() : op.use->grid;
  StageOutput o;
  std::vector<Edge> indices(n.indices().begin(), n.indices().end());
  o.inputs = TileValues(draft, stage, walk).inputs_of(indices);
  o.grid = walk.grid;
  o.dtype = n.dtype();
  walk.outputs.push_back(std::move(o));
  find_rows(op);
  choose_owners(draft.plan(), walk, whole ? 0 : folded_first(*op.use), false);
  use_space(draft.plan(), walk, Space::host);
  walk.outputs[0].owners = walk.owners;
  if (whole) {
    draft.send(stage, n, Space::host, walk.outputs[0]);
  } else {
    walk_by(draft.plan(), *op.use, walk.owners, walk.grouped);
    use_space(draft.plan(), *op.use, Space::host);
    send_outputs(draft, stage, *op.use, roots);
  }
  return op;
}

std::string name_of(const GatherOperator& op) {
  const StageOutput& o = op.walk.outputs[0];
  const std::string gather = fmt::format("gather {} {}", to_string(o.dtype), to_string(o.grid.shape()));
  return op.use ? gather + ", " + name_of(*op.use) : gather;
}

std::int64_t requests_of_message(const GatherOperator& op) {
  return op.windows.largest / std::max<std::int64_t>(8, op.piece * item(op));
}

std::int64_t request_bytes(const GatherOperator& op) { return (Amount(op.block.requests) * bytes_of_request).value(); }
std::int64_t gathered_bytes(const GatherOperator& op) { return (Amount(op.block.elements) * item(op)).value(); }
std::int64_t sorting_bytes(const GatherOperator& op) {
  return ((std::int64_t{1} << gather_group_bits) + op.windows.ranks + 2) * 8;
}
std::int64_t owner_bytes(const GatherOperator& op) { return (4 * std::int64_t{op.windows.ranks} + 2) * 8; }
std::int64_t message_bytes_of(const GatherOperator& op) { return 3 * op.windows.peers * op.windows.largest; }
std::int64_t cell_bytes(const GatherOperator& op) { return (product(op.cell) * item(op)).value(); }
std::int64_t batch_bytes() { return 2 * gather_batch * 8; }

std::optional<SpaceBytes> fit(const Plan& plan, GatherOperator& op, const SpaceBytes& available) {
  using Way = GatherOperator::Way;
  // No more than all elements and requests together.
  const Amount everything = Amount(num_elements(op.walk.grid.shape())) * std::max<std::int64_t>(8, item(op)) * 2;
  op.windows = windows_within(
      plan.limits.ranks == 1 ? 0 : std::min(everything, Amount(message_bytes(plan.limits.memory))).value(),
      plan.limits.ranks);
  if (op.way == Way::in_order) op.cell = cell_of(plan, op, available.host.value() / 8 / plan.limits.threads);
  std::int64_t bytes = std::max(least_block_bytes, available.host.value() / (op.way == Way::in_order ? 2 : 4));
  if (op.way == Way::by_owner) bytes = std::min(bytes, owner_block_bytes);
  if (op.use) count_beside_tiles(plan, op.walk);
  TileNeeds needs{unit_of(op), [&](const Dims& tile, int workers) {
                    op.block = block_of(plan, op, tile, bytes);
                    Amount all = beside(op, workers);
                    if (op.way == Way::in_order) all += (rounded(cell_bytes(op)) + scratch_bytes(plan, op)) * workers;
                    if (!op.use) return all;
                    take_tiles(plan, op.walk, tile, workers);
                    return all + memory_of(op.walk).host;
                  }};
  if (op.use) needs.held = [&](const Dims& tile) { return held_bytes(plan, op.walk, tile); };
  for (;;) {
    const auto missing = fit_tiles(plan, op.use ? *op.use : op.walk, available, needs);
    op.scratch = op.way == Way::in_order ? scratch_bytes(plan, op).value() : 0;
    if (!missing || (bytes <= least_block_bytes && op.windows.memory() <= 64 << 10)) return missing;
    bytes = std::max(least_block_bytes, bytes / 4);
    const std::int64_t messages = std::max<std::int64_t>(64 << 10, op.windows.memory() / 4);
    op.windows = windows_within(messages, plan.limits.ranks);
    if (op.way == Way::in_order && bytes < least_read) op.cell = cell_of(plan, op, bytes);
  }
}

SpaceBytes memory_of(const GatherOperator& op) {
  SpaceBytes bytes = memory_of(op.walk);
  if (op.use) bytes.host += memory_of(*op.use).host;
  bytes.host += beside(op, op.walk.workers);
  if (op.way == GatherOperator::Way::in_order) bytes.host += (rounded(cell_bytes(op)) + op.scratch) * op.walk.workers;
  return bytes;
}

Traffic traffic_of(const Plan& plan, const GatherOperator& op) {
  Traffic t = traffic_of(plan, op.walk);
  const std::int64_t ranks = plan.limits.ranks;
  if (op.use) {  // which walks the same tiles
    const Traffic use = traffic_of(plan, *op.use);
    t.bytes_read = (Amount(t.bytes_read) + use.bytes_read).value();
    t.bytes_written = use.bytes_written;
    t.bytes_moved = (Amount(t.bytes_moved) + use.bytes_moved).value();
    t.messages = (Amount(t.messages) + use.messages).value();
    t.decodings = std::max(t.decodings, use.decodings);
  }
  if (op.way == GatherOperator::Way::here || (op.way == GatherOperator::Way::by_owner && ranks == 1)) return t;
  const Amount mine = requests_per_rank(plan, op, op.walk.tile);
  // Of two blocks that follow one another, the second begins with what had no room in the first.
  const Amount blocks = mine == Amount()
                            ? Amount()
                            : Amount(2 * (mine.value() / op.block.requests) + 1 + op.walk.tiles / gather_block_tiles);
  if (op.way == GatherOperator::Way::by_owner) {
    const std::int64_t times = op.walk.owners.kind() == Distribution::Kind::replicated ? ranks : 1;
    const Amount elements = Amount(num_elements(op.walk.grid.shape())) * times;
    t.bytes_moved = (std::min(mine * ranks, elements) * 8 + elements * item(op) + t.bytes_moved).value();
    const Amount each = std::min(mine, blocks * (ranks - 1 + op.block.requests / requests_of_message(op)));
    t.messages = (each * 2 * ranks + t.messages).value();
  } else if (const StoreInfo* info = stored(plan, op)) {
    // Of a chunk that is not read whole, rows that two reads touch come twice.
    const bool again = info->filters.empty() || !(op.cell == op.grid.largest());
    const Amount most = Amount(info->stored_bytes) * blocks * ranks * (again ? 2 : 1);
    t.bytes_read = (Amount(t.bytes_read) + most).value();
    t.at_most = true;
  }
  t.moves_at_most = op.way == GatherOperator::Way::by_owner;
  return t;
}

std::string explain(const Plan& plan, const GatherOperator& op) {
  std::string s;
  const std::string block = fmt::format("blocks of up to {} requests", op.block.requests);
  switch (op.way) {
    case GatherOperator::Way::here:
      s = "    gather   from memory of this rank\n";
      break;
    case GatherOperator::Way::by_owner:
      s = fmt::format("    gather   from its owners, {}, {} peer{} at a time, in messages of up to {}\n", block,
                      op.windows.peers, op.windows.peers == 1 ? "" : "s", format_size(op.windows.largest));
      break;
    case GatherOperator::Way::in_order:
      s = fmt::format("    gather   {} in its order, {}, up to {} at once\n",
                      stored(plan, op) ? "reads " + stored(plan, op)->name : std::string("generates"), block,
                      to_string(op.cell));
  }
  s += explain(plan, op.walk);
  return op.use ? s + "    use\n" + explain(plan, *op.use) : s;
}

std::string explain_memory(const GatherOperator& op) {
  SpaceBytes all = memory_of(op), walk = memory_of(op.walk);
  if (op.use) walk.host += memory_of(*op.use).host;
  const std::string use = op.use ? "; use " + explain_memory(*op.use) : "";
  return fmt::format("{}{}, requests and messages {}", explain_memory(op.walk), use,
                     format_size(all.host.value() - walk.host.value()));
}

}  // namespace tessera
