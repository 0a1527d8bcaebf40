// What the tile operator reads, writes and moves.
#include <algorithm>
#include <cmath>
#include <functional>

#include <tessera/distributed/exchange/rounds.hpp>
#include <tessera/distributed/plan/file_touches.hpp>
#include <tessera/distributed/plan/file_walk.hpp>
#include <tessera/distributed/plan/halo.hpp>
#include <tessera/distributed/plan/inner_tiles.hpp>
#include <tessera/distributed/plan/streams.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

// Bytes of the file that are read of a value for all tiles, or blocks, together.
std::int64_t bytes_read(const Plan& plan, const TileOperator& op, const TileValue& v, const StoredValue& stored) {
  const StoreInfo& info = plan.source(stored.source).store()->info();
  if (!info.filters.empty()) {
    // Chunks that two tiles touch count twice.
    const double part =
        file_touches(plan, op, v).touches / static_cast<double>(std::max<std::int64_t>(1, info.grid.count()));
    return std::llround(std::min(part * static_cast<double>(info.stored_bytes), 0x1p62));
  }
  const auto boxes_on = [&](int axis) {
    return Reaches(v, op.grid.axis(axis), axis, stored.by_block ? op.grid.axis(axis).longest() : op.tile[axis]);
  };
  Amount elements = 1;
  Dims used = Dims::filled(op.grid.rank(), 0);
  for (int j = 0; j < v.from_domain.input_rank(); j++) {
    const auto& a = v.from_domain.axis(j);
    if (a.from < 0) continue;
    used[a.from] = 1;
    const Reaches boxes = boxes_on(a.from);
    const std::int64_t n = boxes.elements().value(), cut = boxes.count();
    // Each tile reads from its first to its last index; gaps between tiles are not read.
    elements *= Amount(std::abs(a.stride)) * (n - cut) + cut;
  }
  for (int i = 0; i < used.size(); i++)
    if (!used[i]) elements *= boxes_on(i).count();
  const std::int64_t all = std::max<std::int64_t>(1, product(info.shape).value());
  // Less where chunks were never written; what the last chunks have beyond the shape is not read.
  const std::int64_t held = std::min(info.stored_bytes, (Amount(all) * item_size(info.dtype)).value());
  const double part = static_cast<double>(elements.value()) / static_cast<double>(all);
  return std::llround(std::min(part * static_cast<double>(held), 0x1p62));
}

}  // namespace

Traffic traffic_of(const Plan& plan, const TileOperator& op) {
  Amount read, written;
  for (const auto& v : op.values)
    if (const auto* stored = v.as<StoredValue>()) read += bytes_read(plan, op, v, *stored);
  for (const auto& o : op.outputs)
    written += Amount(num_elements(o.grid.shape())) * item_size(o.dtype) * static_cast<std::int64_t>(o.writes.size());
  StreamTotals streams(plan.limits.ranks, largest_message(plan.limits, false));
  StreamTotals linked(plan.limits.ranks, largest_message(plan.limits, true));
  Amount between_devices;
  for (const auto& fetch : op.fetches) {
    for_each_stream(plan, op, fetch, std::ref(is_linked(plan, fetch.array, op.space) ? linked : streams));
    if (is_between_devices(plan, fetch.array, op.space))
      for_each_stream(plan, op, fetch, [&](int, int, Amount bytes) { between_devices += bytes; });
  }
  for_each_state_stream(op, std::ref(streams));
  // Every rank does all of a replicated traversal.
  const std::int64_t times = op.owners.kind() == Distribution::Kind::replicated ? plan.limits.ranks : 1;
  Traffic t;
  for (const auto& v : op.values) t.decodings = std::max(t.decodings, decodings(plan, op, v));
  if (walks_through_scratch(plan, op))
    t.scratch_bytes = (Amount(num_elements(op.grid.shape())) * item_size(read_by_blocks(op)->dtype)).value();
  t.chunks = op.grid.count(), t.tiles = (Amount(op.tiles) * times).value();
  t.inner_tiles = inner_tiles(op).value();
  t.bytes_read = (read * times).value(), t.bytes_written = (written * times).value();
  t.bytes_moved = (streams.moved() + linked.moved()).value();
  t.messages = (streams.messages() + linked.messages()).value();
  t.between_devices = between_devices.value();
  return t;
}

}  // namespace tessera
