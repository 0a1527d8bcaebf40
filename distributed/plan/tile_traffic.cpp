// What the tile operator reads, writes and moves.
#include <algorithm>
#include <cmath>

#include <tessera/core/kernel/fixed_tree.hpp>
#include <tessera/distributed/plan/fold_states.hpp>
#include <tessera/distributed/plan/parts.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

// Bytes of the file that all tiles together read of a value.
std::int64_t bytes_read(const Plan& plan, const TileOperator& op, const TileValue& v, const StoredValue& stored,
                        const Dims& tiles) {
  const auto tiles_on = [&](int axis) {
    if (!v.is_part()) return tiles[axis];
    return tiles_touching(op.grid.axis(axis), std::max<std::int64_t>(1, op.tile[axis]), v.within.lo[axis],
                          v.within.lo[axis] + v.within.extent[axis]);
  };
  const StoreInfo& info = plan.source(stored.source).store()->info();
  Amount elements = 1;
  double chunks = 1;  // the part of a compressed dataset's chunks that is read; those that two tiles touch count twice
  Dims used = Dims::filled(op.grid.rank(), 0);
  for (int j = 0; j < v.from_domain.input_rank(); j++) {
    const auto& a = v.from_domain.axis(j);
    const AxisChunks& held = info.grid.axis(j);
    std::int64_t touched = 1;
    if (a.from >= 0) {
      used[a.from] = 1;
      const std::int64_t n = v.within.extent[a.from], cut = tiles_on(a.from);
      // Each tile reads from its first to its last index; gaps between tiles are not read.
      elements *= Amount(std::abs(a.stride)) * (n - cut) + cut;
      touched = n == op.grid.axis(a.from).extent() ? held.sliced(a.offset, a.stride, n).count() : 1;
      touched = std::max(touched, cut);
    }
    chunks *= static_cast<double>(touched) / static_cast<double>(std::max<std::int64_t>(1, held.count()));
  }
  for (int i = 0; i < used.size(); i++)
    if (!used[i]) elements *= tiles_on(i), chunks *= static_cast<double>(tiles_on(i));
  const std::int64_t all = std::max<std::int64_t>(1, product(info.shape).value());
  const double part = info.filters.empty() ? static_cast<double>(elements.value()) / static_cast<double>(all) : chunks;
  return std::llround(std::min(part * static_cast<double>(info.stored_bytes), 0x1p62));
}

void count_fetches(const Plan& plan, const TileOperator& op, Amount& moved, Amount& messages) {
  for (const auto& f : op.fetches) {
    for (int r = 0; r < plan.limits.ranks; r++) moved += Amount(fetched_box(op, f, r).size()) * item_size(f.dtype);
    messages += std::int64_t{plan.limits.ranks} * (plan.limits.ranks - 1);
  }
}

void count_states(const Plan& plan, const TileOperator& op, const StageOutput& o, Amount& moved, Amount& messages) {
  const FoldOutput& f = *o.fold();
  const std::int64_t others = plan.limits.ranks - 1;
  if (others == 0 || op.owners.kind() == Distribution::Kind::replicated) return;
  std::int64_t crossing = 0,
               chunks = std::max<std::int64_t>(1, op.grid.count() / std::max<std::int64_t>(1, o.grid.count()));
  if (f.in_order) {
    for (int r = 1; r < plan.limits.ranks; r++)
      if (op.owners.starts()[static_cast<std::size_t>(r)] % chunks) crossing++;
    moved += ceil_div((crossing * (tree_depth(chunks) + 1) * region_state_bytes(f, op.grid.largest())).value(), 2);
  } else {
    crossing = others;
    moved += others * region_state_bytes(f, op.grid.shape());
  }
  messages += crossing;
}

}  // namespace

Traffic traffic_of(const Plan& plan, const TileOperator& op) {
  Amount read, written, moved, messages;
  Dims tiles;
  for (int i = 0; i < op.grid.rank(); i++)
    tiles.push_back(tiles_along(op.grid.axis(i), std::max<std::int64_t>(1, op.tile[i])));
  count_fetches(plan, op, moved, messages);
  for (const auto& v : op.values)
    if (const auto* stored = v.as<StoredValue>()) read += bytes_read(plan, op, v, *stored, tiles);
  const std::int64_t others = plan.limits.ranks - 1;
  for (const auto& o : op.outputs) {
    const Amount bytes = Amount(num_elements(o.grid.shape())) * item_size(o.dtype);
    written += bytes * static_cast<std::int64_t>(o.writes.size());
    if (o.fold()) count_states(plan, op, o, moved, messages);
    if (o.array && plan.array(*o.array).replicate) {
      moved += bytes * others;
      messages += o.grid.count() == 1 ? others : others * plan.limits.ranks;
    }
  }
  Traffic t;
  t.chunks = op.grid.count(), t.tiles = op.tiles;
  t.bytes_read = read.value(), t.bytes_written = written.value();
  t.bytes_moved = moved.value(), t.messages = messages.value();
  return t;
}

}  // namespace tessera
