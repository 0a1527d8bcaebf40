#include <tessera/distributed/plan/tiles.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include <tessera/core/memory/pool.hpp>
#include <tessera/core/store_calls.hpp>
#include <tessera/distributed/exchange/rounds.hpp>
#include <tessera/distributed/plan/fold_states.hpp>
#include <tessera/distributed/plan/parts.hpp>
#include <tessera/distributed/plan/streams.hpp>

namespace tessera {
namespace {

template <class F>
void for_each_write(const Plan& plan, const TileOperator& op, const F& f) {
  for (const auto& o : op.outputs)
    for (int sink : o.writes) f(plan.sink(sink).cost);
}

// What a tile of these extents holds in the operator's space.
Amount buffer_bytes(const Plan& plan, const TileOperator& op, const Dims& tile) {
  Amount bytes;
  const auto add = [&](Amount of) { bytes += rounded(plan.limits, op.space, of); };
  for (const auto& v : op.values)
    if (takes_buffer(v) && !v.is_part()) add(product(value_extent(v.from_domain, tile)) * item_size(v.dtype));
  if (const std::int64_t parts = part_bytes(op, tile)) add(parts);
  for (const auto& o : op.outputs) {
    if (const FoldOutput* f = o.fold())
      add(leaves_in(*f, tile) * region_state_bytes(*f, tile));
    else if (!o.array)
      add(product(tile) * item_size(o.dtype));
  }
  return bytes;
}

// Results of Folds, which the host makes of states.
Amount finished_bytes(const Plan& plan, const TileOperator& op, const Dims& tile) {
  Amount bytes;
  for (const auto& o : op.outputs)
    if (const FoldOutput* f = o.fold())
      bytes += rounded(plan.limits, Space::host, product(kept_axes(tile, f->reduced)) * item_size(o.dtype));
  return bytes;
}

// What a tile of these extents holds, without what a store needs for reading it.
Amount held_bytes(const Plan& plan, const TileOperator& op, const Dims& tile) {
  return buffer_bytes(plan, op, tile) + finished_bytes(plan, op, tile);
}

// The host's memory through which a tile of a device passes what it reads and writes, one after another.
Amount staging_bytes(const Plan& plan, const TileOperator& op, const Dims& tile) {
  if (op.space == Space::host) return 0;
  Amount most;
  for (const auto& v : op.values)
    if (v.as<StoredValue>())
      most = std::max(most, product(value_extent(v.from_domain, clipped(v, tile))) * item_size(v.dtype));
  for (const auto& o : op.outputs) {
    if (const FoldOutput* f = o.fold())
      most = std::max(most, leaves_in(*f, tile) * region_state_bytes(*f, tile));
    else if (!o.writes.empty())
      most = std::max(most, product(tile) * item_size(o.dtype));
  }
  return most == Amount() ? most : rounded(plan.limits, Space::host, most);
}

// States of many outputs that one tile gives at most: those of a column of short chunks then lie in L2 together (the
// std of chunks of two rows was 1.4 times as slow with tiles of any size).
constexpr std::int64_t most_state_bytes = 128 << 10;

// What a tile has at most, in elements, also where nothing needs a buffer: so many tiles for every thread that the last
// ones end together, of sizes between which the time of a traversal hardly changes (docs/performance.md).
constexpr std::int64_t tiles_per_thread = 8;
constexpr std::int64_t least_elements = 32 << 10, most_elements = 1 << 20;
// Long rows are cut at multiples of two blocks of the kernels (cpu/strip.hpp), so that no block is begun twice.
constexpr std::int64_t row_multiple = 1024;
// Chunks that can only be read together are decoded once when a tile holds them whole, and may take so many times the
// target for that.
constexpr std::int64_t most_indivisible_targets = 64;
// Targets that are tried when memory is short: each a quarter of the one before.
constexpr std::int64_t least_target_bytes = 4096, less = 4;

// A tile of whole units that takes about `target` bytes: whole trailing axes first, so that its leaves are consecutive.
Dims grown(const Plan& plan, const TileOperator& op, const Dims& unit, const Dims& wish, std::int64_t target) {
  const Dims largest = op.grid.largest();
  const std::int64_t mine = product(op.grid.shape()).value() / plan.limits.ranks;
  const std::int64_t largest_tile = op.space == Space::host ? most_elements : std::max(most_elements, target / 4);
  const std::int64_t most = std::clamp(mine / (tiles_per_thread * plan.limits.threads), least_elements, largest_tile);
  Dims tile = wish;
  for (int i = tile.size() - 1; i >= 0; i--) {
    Dims whole = tile;
    whole[i] = largest[i];
    const auto fits = [&](const Dims& t) {
      for (const auto& o : op.outputs)
        if (const FoldOutput* f = o.fold(); f && t[i] > tile[i] && product(kept_axes(t, f->reduced)) > 1 &&
                                            leaves_in(*f, t) * region_state_bytes(*f, t) > most_state_bytes)
          return false;
      return product(t) <= most && held_bytes(plan, op, t) <= target;
    };
    if (fits(whole)) {
      tile = whole;
      continue;
    }
    std::int64_t low = std::max<std::int64_t>(1, tile[i] / unit[i]), high = ceil_div(largest[i], unit[i]);
    while (low < high) {
      const std::int64_t middle = low + (high - low + 1) / 2;
      Dims t = tile;
      t[i] = std::min(largest[i], (Amount(middle) * unit[i]).value());
      if (fits(t))
        low = middle;
      else
        high = middle - 1;
    }
    const std::int64_t units = ceil_div(largest[i], unit[i]);
    std::int64_t n = ceil_div(units, ceil_div(units, low)) * unit[i];  // the same number of tiles, evenly
    if (i == tile.size() - 1 && n > 2 * row_multiple) {
      const std::int64_t step = std::lcm(unit[i], row_multiple);
      n = std::max(unit[i], n / step * step);
    }
    tile[i] = std::min(largest[i], std::max(n, tile[i]));
    break;
  }
  return tile;
}

}  // namespace

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
  return value.from_domain.map(intersect(owned_box(op, rank), value.within));
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
      const Dims extent = value_extent(v.from_domain, clipped(v, tile));
      scratch = std::max(scratch, run_store_code(*store, [&] { return store->scratch_bytes(extent); }));
    }
  Amount writing;
  for_each_write(plan, op, [&](const WriteCost& cost) { writing += cost.per_worker; });
  SpaceBytes bytes{finished_bytes(plan, op, tile) + staging_bytes(plan, op, tile) + scratch + writing, {}};
  bytes.in(op.space) += buffer_bytes(plan, op, tile);
  return bytes;
}

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

namespace {

std::int64_t tile_count(const TileOperator& op) {
  Amount tiles = 1;
  for (int i = 0; i < op.grid.rank(); i++) tiles *= tiles_along(op.grid.axis(i), std::max<std::int64_t>(1, op.tile[i]));
  return tiles.value();
}

// What the boxes take that are fetched, on any rank.
Amount fetched_bytes(const Plan& plan, const TileOperator& op) {
  Amount bytes;
  for (const auto& f : op.fetches) {
    Amount most;
    for (int r = 0; r < plan.limits.ranks; r++)
      most = std::max(most, Amount(fetched_box(op, f, r).size()) * item_size(f.dtype));
    bytes += rounded(plan.limits, op.space, most);
  }
  return bytes;
}

// Fetches come one after another, each with memory for its messages.
Amount fetch_messages(const Plan& plan, const TileOperator& op, std::int64_t largest) {
  Amount most;
  for (const auto& f : op.fetches) {
    StreamTotals streams(plan.limits.ranks, largest);
    for_each_stream(plan, op, f, std::ref(streams));
    most = std::max(most, streams.memory());
  }
  return most;
}

Amount state_messages(const Plan& plan, const TileOperator& op, std::int64_t largest) {
  StreamTotals streams(plan.limits.ranks, largest);
  for_each_state_stream(op, std::ref(streams));
  return streams.memory();
}

// What a tile is made of whole: the leaves of all Folds. And what it had better be made of: what can only be read or
// written together.
struct Units {
  Dims smallest, wish;
  bool indivisible = false;  // something can only be read together
};

Units units_of(const Plan& plan, const TileOperator& op, const Dims& unit) {
  const Dims largest = op.grid.largest();
  Units u{unit, {}};
  for (int i = 0; i < largest.size(); i++) u.smallest[i] = std::min(std::max<std::int64_t>(1, largest[i]), unit[i]);
  for (const auto& o : op.outputs)
    if (const FoldOutput* f = o.fold())
      for (int i = 0; i < largest.size(); i++)
        if (f->reduced >> i & 1u)
          u.smallest[i] = std::min(std::max<std::int64_t>(1, largest[i]), std::lcm(u.smallest[i], f->leaf[i]));
  for_each_write(plan, op, [&](const WriteCost& cost) {
    // Tiles of one chunk follow one another unless a reduction wants columns first: then a tile is a chunk.
    for (int i = 0; cost.in_chunks && op.grouped != 0 && i < u.smallest.size(); i++)
      u.smallest[i] = std::max<std::int64_t>(1, largest[i]);
  });
  u.wish = u.smallest;
  for (const auto& v : op.values) {
    const auto* stored = v.as<StoredValue>();
    if (!stored) continue;
    const auto& whole = plan.source(stored->source).store()->info().indivisible;
    for (int j = 0; j < whole.size(); j++)
      if (const auto& a = v.from_domain.axis(j); whole[j] > 1 && a.from >= 0) {
        u.wish[a.from] = std::max<std::int64_t>(1, largest[a.from]);
        u.indivisible = true;
      }
  }
  return u;
}

}  // namespace

SpaceBytes memory_of(const TileOperator& op) {
  const TileMemory& m = op.memory;
  SpaceBytes walk{Amount(m.staging) * op.workers + m.states, {}};
  walk.in(op.space) += Amount(m.tile) * op.workers;
  // One after the other: messages that bring boxes, tiles, messages that take states.
  SpaceBytes bytes{std::max({Amount(m.fetch_messages), walk.host, Amount(m.shared_states) + m.state_messages}),
                   walk.device};
  bytes.host += m.writers;
  bytes.in(op.space) += m.fetched;
  return bytes;
}

std::optional<SpaceBytes> fit(const Plan& plan, TileOperator& op, const SpaceBytes& available) {
  return fit_tiles(plan, op, available, {Dims::filled(op.grid.rank(), 1), [](const Dims&, int) { return Amount(); }});
}

std::optional<SpaceBytes> fit_tiles(const Plan& plan, TileOperator& op, const SpaceBytes& available,
                                    const TileNeeds& needs) {
  TileMemory& m = op.memory;
  Amount writers;
  for_each_write(plan, op, [&](const WriteCost& cost) { writers += cost.fixed; });
  const std::int64_t largest = largest_message(message_bytes(plan.limits.memory), plan.limits.ranks);
  m.fetched = fetched_bytes(plan, op).value(), m.fetch_messages = fetch_messages(plan, op, largest).value();
  m.writers = writers.value();
  const Units units = units_of(plan, op, needs.unit);
  const std::int64_t wish = op.space == Space::host ? tile_target_bytes : plan.limits.device->tile_bytes();
  std::optional<SpaceBytes> least;
  const auto accept = [&](const Dims& tile, int workers) {
    op.tile = tile;
    op.workers = workers;
    StateMemory states;
    for (const auto& o : op.outputs)
      if (o.fold()) {
        const StateMemory of = state_memory(op, o, tile, workers);
        states.walking += of.walking, states.exchanging += of.exchanging;
      }
    const SpaceBytes buffers = tile_buffer_bytes(plan, op, tile);
    m.tile = buffers.in(op.space).value(), m.staging = op.space == Space::host ? 0 : buffers.host.value();
    m.states = states.walking.value();
    m.shared_states = states.exchanging.value(), m.state_messages = 0;
    // What states are sent is counted only where the rest fits.
    if (memory_of(op).fit(available)) m.state_messages = state_messages(plan, op, largest).value();
    SpaceBytes needed = memory_of(op);
    needed.host += needs.beside(tile, workers);
    if (!least || needed.host + needed.device < least->host + least->device) least = needed;
    if (!needed.fit(available)) return false;
    op.part_bytes = part_bytes(op, tile);
    return true;
  };
  // First with whole compressed chunks; then in parts of them, the largest that fit, because each part decodes its
  // chunk again.
  for (int pass = units.indivisible ? 0 : 1; pass < 2; pass++)
    for (int workers = plan.limits.threads; workers >= 1; workers = workers > 1 ? workers / 2 : 0)
      for (std::int64_t target = pass == 1 && units.indivisible ? most_indivisible_targets * wish : wish;
           target >= least_target_bytes; target /= less)
        if (accept(grown(plan, op, units.smallest, pass == 0 ? units.wish : units.smallest, target), workers)) {
          op.tiles = tile_count(op);
          return std::nullopt;
        }
  return least;
}

}  // namespace tessera
