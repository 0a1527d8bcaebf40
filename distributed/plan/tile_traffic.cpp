// What the tile operator reads, writes and moves.
#include <algorithm>
#include <cmath>
#include <functional>

#include <tessera/distributed/exchange/rounds.hpp>
#include <tessera/distributed/plan/parts.hpp>
#include <tessera/distributed/plan/streams.hpp>
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
  if (!info.filters.empty()) return std::llround(std::min(chunks * static_cast<double>(info.stored_bytes), 0x1p62));
  // Less where chunks were never written; what the last chunks have beyond the shape is not read.
  const std::int64_t held = std::min(info.stored_bytes, (Amount(all) * item_size(info.dtype)).value());
  const double part = static_cast<double>(elements.value()) / static_cast<double>(all);
  return std::llround(std::min(part * static_cast<double>(held), 0x1p62));
}

}  // namespace

Traffic traffic_of(const Plan& plan, const TileOperator& op) {
  Amount read, written;
  Dims tiles;
  for (int i = 0; i < op.grid.rank(); i++)
    tiles.push_back(tiles_along(op.grid.axis(i), std::max<std::int64_t>(1, op.tile[i])));
  for (const auto& v : op.values)
    if (const auto* stored = v.as<StoredValue>()) read += bytes_read(plan, op, v, *stored, tiles);
  for (const auto& o : op.outputs)
    written += Amount(num_elements(o.grid.shape())) * item_size(o.dtype) * static_cast<std::int64_t>(o.writes.size());
  StreamTotals streams(plan.limits.ranks, largest_message(message_bytes(plan.limits.memory), plan.limits.ranks));
  for (const auto& fetch : op.fetches) for_each_stream(plan, op, fetch, std::ref(streams));
  for_each_state_stream(op, std::ref(streams));
  // Every rank does all of a replicated traversal.
  const std::int64_t times = op.owners.kind() == Distribution::Kind::replicated ? plan.limits.ranks : 1;
  Traffic t;
  t.chunks = op.grid.count(), t.tiles = (Amount(op.tiles) * times).value();
  t.bytes_read = (read * times).value(), t.bytes_written = (written * times).value();
  t.bytes_moved = streams.moved().value(), t.messages = streams.messages().value();
  return t;
}

}  // namespace tessera
