#include <tessera/distributed/plan/tiles.hpp>

#include <algorithm>
#include <cmath>

#include <tessera/core/device/host_call.hpp>
#include <tessera/core/device/host_stencil.hpp>
#include <tessera/core/memory/pool.hpp>
#include <tessera/core/store_calls.hpp>
#include <tessera/distributed/plan/buffer_slots.hpp>
#include <tessera/distributed/plan/fold_states.hpp>
#include <tessera/distributed/plan/halo.hpp>
#include <tessera/distributed/plan/partial_columns.hpp>
#include <tessera/distributed/plan/parts.hpp>
#include <tessera/distributed/plan/tile_space.hpp>

namespace tessera {
namespace {

Amount value_bytes(const TileValue& v, const Dims& tile) {
  return product(value_extent(v.from_domain, reach_extent(v, tile))) * item_size(v.dtype);
}

// Of an output that is not made where it stays; of a Fold's states.
Amount output_bytes(const StageOutput& o, const Dims& tile) {
  if (const FoldOutput* f = o.fold()) return leaves_in(*f, tile) * region_state_bytes(*f, tile);
  return product(o.call() ? o.call()->made_extent(tile) : tile) * item_size(o.dtype);
}

// Of a Fold's elements, which are made of a tile's states.
Amount finished_bytes(const StageOutput& o, const Dims& tile) {
  return product(o.fold()->result_extent(tile)) * item_size(o.dtype);
}

// What a tile of these extents brings to the host of an output at a time.
Amount brought_bytes(const TileOperator& op, const StageOutput& o, const Dims& tile) {
  if (!goes_to_host(op, o)) return 0;
  if (!combines_on_device(op, o, tile)) return output_bytes(o, tile);
  return std::max(region_state_bytes(*o.fold(), tile), finished_bytes(o, tile));
}

// What a tile of these extents holds in the operator's space. shared: values in the buffers that they share, and a buffer for
// each turn; else what they are together, which is what passes through the caches.
Amount buffer_bytes(const Plan& plan, const TileOperator& op, const Dims& tile, bool shared) {
  Amount bytes;
  const auto add = [&](Amount of, bool in_turn = false) {
    bytes += Amount(rounded(plan.limits, op.space, of)) * (in_turn && shared ? op.turns : 1);
  };
  const std::vector<int> slots = shared ? buffer_slots(op) : std::vector<int>();
  std::vector<Amount> most(slots.size());
  std::vector<bool> sent(slots.size());
  for (std::size_t k = 0; k < op.values.size(); k++) {
    const TileValue& v = op.values[k];
    if (!takes_buffer(v) || v.is_part()) continue;
    if (!shared) {
      add(value_bytes(v, tile));
      continue;
    }
    const auto slot = static_cast<std::size_t>(slots[k]);
    most[slot] = std::max(most[slot], value_bytes(v, tile));
    sent[slot] = comes_from_host(op, v);
  }
  for (std::size_t slot = 0; slot < most.size(); slot++)
    if (most[slot] > 0) add(most[slot], sent[slot]);
  Amount scratch;
  for (const auto& v : op.values)
    if (const auto* how = v.as<StencilValue>())
      scratch = std::max(
          scratch, stencil_scratch_bytes(*how->stencil, v.dtype, value_extent(v.from_domain, reach_extent(v, tile))));
  for (const auto& v : op.values)
    if (const auto* call = v.as<CallValue>(); call && op.space == Space::host)
      scratch = std::max(scratch, Amount(call_scratch_bytes(*call->function)));
  if (scratch > 0) add(scratch);
  if (const std::int64_t parts = part_bytes(op, tile)) add(parts, sends_parts(op));
  for (const auto& o : op.outputs) {
    const bool combines = combines_on_device(op, o, tile);
    if (!is_made_in_array(op, o)) add(output_bytes(o, tile), goes_to_host(op, o) && !combines);
    if (!combines || !shared) continue;
    bytes +=
        Amount(rounded(plan.limits, op.space, region_state_bytes(*o.fold(), tile))) * states_on_device(op, o, tile);
    add(finished_bytes(o, tile));
  }
  return bytes;
}

// Results of Folds, which the host makes of states.
Amount finished_bytes(const Plan& plan, const TileOperator& op, const Dims& tile) {
  Amount bytes;
  for (const auto& o : op.outputs)
    if (o.fold()) bytes += rounded(plan.limits, Space::host, finished_bytes(o, tile));
  return bytes;
}

// The host's memory through which a tile of a device passes what it reads and writes.
Amount all_staging_bytes(const Plan& plan, const TileOperator& op, const Dims& tile) {
  const StagingBytes blocks = staging_bytes(op, tile);
  Amount bytes;
  const auto add = [&](Amount of) {
    if (of > 0) bytes += rounded(plan.limits, Space::host, of) * op.turns;
  };
  add(blocks.sent);
  for (const Amount& of : blocks.brought) add(of);
  return bytes;
}

}  // namespace

StagingBytes staging_bytes(const TileOperator& op, const Dims& tile) {
  StagingBytes bytes;
  for (const auto& v : op.values)
    if (comes_from_host(op, v)) bytes.sent = std::max(bytes.sent, value_bytes(v, tile));
  for (const auto& o : op.outputs) bytes.brought.push_back(brought_bytes(op, o, tile));
  return bytes;
}

CrossingBytes crossing_bytes(const TileOperator& op) {
  CrossingBytes bytes;
  for (const auto& v : op.values)
    if (comes_from_host(op, v))
      for_each_walking(op, [&](int r) { bytes.sent += Amount(needed_box(op, v, r).size()) * item_size(v.dtype); });
  for (const auto& o : op.outputs) {
    if (!goes_to_host(op, o)) continue;
    if (o.fold() && !combines_on_device(op, o, op.tile)) {
      bytes.brought += output_bytes(o, op.tile) * op.tiles;
      continue;
    }
    // Of columns that ranks share, both what is sent and what it is combined with.
    if (o.fold()) for_each_partial(op, o, [&](int, int, Amount of) { bytes.brought += of * 2; });
    if (!o.writes.empty() || (o.array && o.array_space != op.space))
      bytes.brought += Amount(num_elements(o.grid.shape())) * item_size(o.dtype);
  }
  return bytes;
}

Amount held_bytes(const Plan& plan, const TileOperator& op, const Dims& tile) {
  return buffer_bytes(plan, op, tile, false) + finished_bytes(plan, op, tile);
}

Box owned_box(const TileOperator& op, int rank) {
  const Box chunks = op.owners.hull(rank);
  Box box{chunks.lo, chunks.extent};
  if (chunks.empty()) return {chunks.lo, Dims::filled(chunks.rank(), 0)};
  for (int i = 0; i < chunks.rank(); i++) {
    box.lo[i] = op.grid.axis(i).bound(chunks.lo[i]);
    box.extent[i] = op.grid.axis(i).bound(chunks.lo[i] + chunks.extent[i]) - box.lo[i];
  }
  return box;
}

Box needed_box(const TileOperator& op, const TileValue& value, int rank) {
  const Box own = owned_box(op, rank);
  Box needed = reach(value, own);
  const auto* fetched = value.as<FetchedValue>();
  if (fetched && fetched->part != FetchedValue::Part::all) {
    const int i = fetched->axis;
    const std::int64_t begin = needed.lo[i], end = begin + needed.extent[i], own_end = own.lo[i] + own.extent[i];
    const bool before = fetched->part == FetchedValue::Part::before;
    needed.lo[i] = before ? begin : own_end;
    needed.extent[i] = own.empty() ? 0 : std::max<std::int64_t>(0, before ? own.lo[i] - begin : end - own_end);
  }
  return value.from_domain.map(needed);
}

Box hull(const Box& a, const Box& b) {
  if (a.empty() || b.empty()) return a.empty() ? b : a;
  Box r = a;
  for (int i = 0; i < a.rank(); i++) {
    r.lo[i] = std::min(a.lo[i], b.lo[i]);
    r.extent[i] = std::max(a.lo[i] + a.extent[i], b.lo[i] + b.extent[i]) - r.lo[i];
  }
  return r;
}

Box fetched_box(const TileOperator& op, const StageFetch& fetch, int rank) {
  Box box = needed_box(op, op.values[fetch.values[0]], rank);
  for (auto v : fetch.values) box = hull(box, needed_box(op, op.values[v], rank));
  return box;
}

Dims value_extent(const IndexTransform& from_domain, const Dims& extent) {
  Dims r;
  for (const auto& a : from_domain.axes())
    r.push_back(a.from < 0 ? 1 : extent[a.from] == 0 ? 0 : std::abs(a.stride) * (extent[a.from] - 1) + 1);
  return r;
}

SpaceBytes tile_buffer_bytes(const Plan& plan, const TileOperator& op, const Dims& tile) {
  std::int64_t scratch = 0;
  for (const auto& v : op.values)
    if (const auto* stored = v.as<StoredValue>()) {
      const Store* store = plan.source(stored->source).store();
      const Dims extent = value_extent(v.from_domain, reach_extent(v, stored->by_block ? op.grid.largest() : tile));
      scratch = std::max(scratch, run_store_code(*store, [&] { return store->scratch_bytes(extent); }));
    }
  Amount writing;
  for_each_write(plan, op, [&](const WriteCost& cost) { writing += cost.per_worker; });
  // What blocks are read with is given back before their tiles are written.
  const bool only_blocks = std::none_of(op.values.begin(), op.values.end(), [](const TileValue& v) {
    const auto* stored = v.as<StoredValue>();
    return stored && !stored->by_block;
  });
  const Amount passing = only_blocks ? std::max(Amount(scratch), writing) : writing + scratch;
  SpaceBytes bytes{finished_bytes(plan, op, tile) + all_staging_bytes(plan, op, tile) + passing, {}};
  bytes.in(op.space) += buffer_bytes(plan, op, tile, true);
  return bytes;
}

Amount rounded(Amount bytes) { return MemoryPool::rounded(bytes.value()); }

Amount rounded(const PlanLimits& limits, Space space, Amount bytes) {
  if (space == Space::device) return limits.device->memory()->rounded(bytes.value());
  return MemoryPool::rounded(bytes.value());
}

std::int64_t tiles_along(const AxisChunks& axis, std::int64_t tile) {
  const std::int64_t n = axis.count();
  if (n == 0) return 0;
  if (!axis.is_regular()) {
    std::int64_t sum = 0;
    for (std::int64_t k = 0; k < n; k++) sum += ceil_div(axis.length(k), tile);
    return sum;
  }
  if (n == 1) return ceil_div(axis.length(0), tile);
  return ceil_div(axis.length(0), tile) + (n - 2) * ceil_div(axis.length(n > 2 ? 1 : 0), tile) +
         ceil_div(axis.length(n - 1), tile);
}

}  // namespace tessera
