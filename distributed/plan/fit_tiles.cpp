// The tiles and blocks of a stage, and how many workers walk them: what the budget allows.
#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include <tessera/distributed/exchange/rounds.hpp>
#include <tessera/distributed/plan/blocks.hpp>
#include <tessera/distributed/plan/file_walk.hpp>
#include <tessera/distributed/plan/fold_states.hpp>
#include <tessera/distributed/plan/halo.hpp>
#include <tessera/distributed/plan/inner_tiles.hpp>
#include <tessera/distributed/plan/made_in_arrays.hpp>
#include <tessera/distributed/plan/parts.hpp>
#include <tessera/distributed/plan/streams.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

// States of many outputs that one tile gives at most: those of a column of short chunks then lie in L2 together (the
// std of chunks of two rows was 1.4 times as slow with tiles of any size).
constexpr std::int64_t most_state_bytes = 128 << 10;
// On a device a launch takes about as long as some MiB (on paper, not measured): a tile of 64 MiB has at least a million elements.
constexpr std::int64_t least_device_share = 64;
// Of a device's tile: a part of what it holds. There they are combined in memory that is as fast for any of them.
constexpr std::int64_t device_state_share = 4;

// What a tile has at most, in elements, also where nothing needs a buffer: so many tiles for every thread that the last
// ones end together, of sizes between which the time of a traversal hardly changes (docs/performance.md).
constexpr std::int64_t tiles_per_thread = 8;
constexpr std::int64_t least_elements = 32 << 10, most_elements = 1 << 20;
// Long rows are cut at multiples of two blocks of the kernels (cpu/strip.hpp), so that no block is begun twice.
constexpr std::int64_t row_multiple = 1024;
// Shorter ones where cache lines end, whatever the dtype: tiles beside each other write no line together, which streaming stores do slowly
// (four steps of a stencil at once, in tiles of 64 by 293 and by 256: 2.1 and 1.1 s).
constexpr std::int64_t short_row_multiple = 64;
// Chunks that can only be read together are decoded once when a tile holds them whole, and may take so many times the
// target for that.
constexpr std::int64_t most_indivisible_targets = 64;
// Targets that are tried when memory is short: each a quarter of the one before.
constexpr std::int64_t least_target_bytes = 4096, less = 4;
// A device's tiles pass by each other two at a time; smaller ones than that had better be larger instead.
constexpr int most_turns = 2;
constexpr std::int64_t worth_turns_bytes = 1 << 20;
// A tile of a block between files; and how much less blocks must cost than tiles, and other tiles than those of the grid, by an estimate.
constexpr std::int64_t block_tile_bytes = 256 << 10;
constexpr double worth_blocks = 0.7;

// A tile of whole units that takes about `target` bytes: whole trailing axes first, so that its leaves are consecutive.
Dims grown(const Plan& plan, const TileOperator& op, const Dims& unit, const Dims& wish, const TileNeeds& needs,
           std::int64_t target) {
  const Dims largest = op.grid.largest();
  const std::int64_t mine = product(op.grid.shape()).value() / plan.limits.ranks;
  const bool on_host = op.space == Space::host;
  const std::int64_t largest_tile = on_host ? most_elements : std::max(most_elements, target / 4),
                     most_states = on_host ? most_state_bytes : std::max(most_state_bytes, target / device_state_share);
  const std::int64_t least = on_host ? least_elements : std::max(least_elements, target / least_device_share),
                     most = std::clamp(mine / (tiles_per_thread * plan.limits.threads), least, largest_tile);
  Dims tile = wish;
  for (int i = tile.size() - 1; i >= 0; i--) {
    if (needs.single >> i & 1u) continue;
    Dims whole = tile;
    whole[i] = largest[i];
    const auto fits = [&](const Dims& t) {
      for (const auto& o : op.outputs)
        if (const FoldOutput* f = o.fold(); f && t[i] > tile[i] && product(f->result_extent(t)) > 1 &&
                                            leaves_in(*f, t) * region_state_bytes(*f, t) > most_states)
          return false;
      Amount held = held_bytes(plan, op, t);
      if (needs.held) held += needs.held(t);
      return product(t) <= most && held <= target;
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
    const std::int64_t units = std::max<std::int64_t>(1, ceil_div(largest[i], unit[i]));  // along no elements, too
    std::int64_t n = ceil_div(units, ceil_div(units, low)) * unit[i];  // the same number of tiles, evenly
    if (i == tile.size() - 1 && n > 2 * short_row_multiple) {
      const std::int64_t step = std::lcm(unit[i], n > 2 * row_multiple ? row_multiple : short_row_multiple);
      n = std::max(unit[i], n / step * step);
    }
    tile[i] = std::min(largest[i], std::max(n, tile[i]));
    break;
  }
  return tile;
}

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
    for_each_walking(op,
                     [&](int r) { most = std::max(most, Amount(fetched_box(op, f, r).size()) * item_size(f.dtype)); });
    bytes += rounded(plan.limits, op.space, most);
  }
  return bytes;
}

// Fetches come one after another, each with memory for its messages; halos that tiles are made beside in one exchange.
void count_fetch_messages(const Plan& plan, TileOperator& op) {
  Amount most, most_linked;
  const std::int64_t largest = largest_message(plan.limits, false);
  StreamTotals halos(plan.limits.ranks, largest);
  for (const auto& f : op.fetches) {
    if (op.inner_first && brings_halos(op, f)) {
      for_each_stream(plan, op, f, std::ref(halos));
      continue;
    }
    if (is_linked(plan, f.array, op.space)) {
      StreamTotals linked(plan.limits.ranks, largest_message(plan.limits, true));
      for_each_stream(plan, op, f, std::ref(linked));
      most_linked = std::max(most_linked, linked.memory(*plan.limits.device->memory()));
      continue;
    }
    StreamTotals streams(plan.limits.ranks, largest);
    for_each_stream(plan, op, f, std::ref(streams));
    most = std::max(most, streams.memory());
  }
  op.memory.link_messages = most_linked.value();
  op.memory.fetch_messages = most.value(), op.memory.halo_messages = halos.memory().value();
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

Units units_of(const Plan& plan, const TileOperator& op, const Dims& unit, std::uint32_t single) {
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
  const auto see_whole = [&](const ChunkCall& call) {
    for (int i = 0; i < largest.size(); i++)
      if (call.is_whole(i)) u.smallest[i] = std::max<std::int64_t>(1, largest[i]);
  };
  for (const auto& o : op.outputs)
    if (o.call()) see_whole(*o.call());
  for (const auto& v : op.values)
    if (const auto* chunks = v.as<ChunkCallValue>()) see_whole(chunks->call);
  u.wish = u.smallest;
  for (const auto& v : op.values) {
    const auto* stored = v.as<StoredValue>();
    if (!stored) continue;
    const auto& whole = plan.source(stored->source).store()->info().indivisible;
    for (int j = 0; j < whole.size(); j++)
      if (const auto& a = v.from_domain.axis(j); whole[j] > 1 && a.from >= 0 && !(single >> a.from & 1u)) {
        u.wish[a.from] = std::max<std::int64_t>(1, largest[a.from]);
        u.indivisible = true;
      }
  }
  return u;
}

// A tile is so many times as long as the halos around it, so that little is read and computed again for its neighbours.
constexpr std::int64_t worth_of_halos = 8;

Dims wide_against_halos(const TileOperator& op, const Dims& unit, std::uint32_t single) {
  const Dims largest = op.grid.largest();
  Dims wide = unit;
  for (const auto& v : op.values)
    for (int i = 0; v.has_halo() && i < wide.size(); i++) {
      if (single >> i & 1u) continue;
      const std::int64_t least = worth_of_halos * (v.before[i] + v.after[i]);
      wide[i] = std::min(std::max<std::int64_t>(1, largest[i]), std::max(wide[i], ceil_div(least, unit[i]) * unit[i]));
    }
  return wide;
}

void count_tiles(TileOperator& op) {
  op.part_bytes = part_bytes(op, op.tile);
  op.tiles = tile_count(op);
}

void count_buffers(const Plan& plan, TileOperator& op, const Dims& tile, int workers) {
  TileMemory& m = op.memory;
  op.tile = tile;
  op.workers = workers;
  const SpaceBytes buffers = tile_buffer_bytes(plan, op, tile);
  m.tile = buffers.in(op.space).value(), m.staging = op.space == Space::host ? 0 : buffers.host.value();
  m.block = block_bytes(op).value();
}

// Tries walks of an operator; the operator keeps the last one that was tried.
class Fitting {
 public:
  Fitting(const Plan& plan, TileOperator& op, const SpaceBytes& available, const TileNeeds& needs)
      : plan_(plan),
        op_(op),
        available_(available),
        largest_message_(largest_message(plan.limits, false)),
        needs_(needs),
        units_(units_of(plan, op, needs.unit, needs.single)),
        target_(op.space == Space::host ? tile_target_bytes : plan.limits.device->tile_bytes()) {
    count_beside_tiles(plan, op);
  }

  /// Tiles of whole compressed chunks; then blocks of them in smaller tiles; then, where that has no room either, parts
  /// of chunks, each of which decodes its chunk again.
  bool walk_tiles() {
    if (const Dims wide = wide_against_halos(op_, units_.smallest, needs_.single);
        !units_.indivisible && !(wide == units_.smallest) && try_sizes(wide, target_))
      return true;
    if (!units_.indivisible) return try_sizes(units_.smallest, target_);
    if (try_sizes(units_.wish, target_)) return true;
    const std::int64_t largest_target = most_indivisible_targets * target_;
    if (needs_.blocks && can_walk_blocks(op_)) {
      read_by_block(plan_, op_, ByBlock::compressed);
      if (try_sizes(units_.smallest, largest_target)) return true;
      read_by_block(plan_, op_, ByBlock::none);
      counts_ = false;  // what is named as the smallest budget must not be a trap
    }
    return try_sizes(units_.smallest, largest_target);
  }

  /// Tiles of another grid, which both files have in long pieces, where that costs less than `cost`.
  bool walk_other_tiles(double cost) {
    const ChunkGrid grid = op_.grid;
    for (int workers = plan_.limits.threads; workers >= 1; workers = workers > 1 ? workers / 2 : 0)
      for (std::int64_t bytes = target_; bytes > least_target_bytes; bytes /= less) {
        set_grid(grid);
        const auto tile = cheapest_tiles(plan_, op_, bytes);
        if (!tile || walking_cost(plan_, op_, *tile, false) > cost) break;
        set_grid(grid_of_blocks(plan_, op_, *tile));
        if (accept(*tile, workers)) return true;
      }
    set_grid(grid);
    return false;
  }

  /// Blocks of what files have, where that costs less than `cost`, or at any cost.
  bool walk_blocks(double cost) {
    const ChunkGrid grid = op_.grid;
    read_by_block(plan_, op_, ByBlock::stored);
    for (int workers = plan_.limits.threads; workers >= 1; workers = workers > 1 ? workers / 2 : 0)
      for (Amount room = available_.host; room > least_target_bytes; room = room.value() / 2) {
        set_grid(grid);
        const auto block = cheapest_blocks(plan_, op_, room.value());
        if (!block || walking_cost(plan_, op_, *block, true) > cost) break;
        set_grid(grid_of_blocks(plan_, op_, *block));
        if (accept(tile_of_block(plan_, op_, *block, block_tile_bytes), workers)) return true;
      }
    set_grid(grid);
    read_by_block(plan_, op_, ByBlock::none);
    return false;
  }

  /// Bytes that are needed at least; when nothing that was tried fits.
  const SpaceBytes& least() const { return *least_; }

 private:
  bool try_sizes(const Dims& unit, std::int64_t largest_target) {
    for (int workers = plan_.limits.threads; workers >= 1; workers = workers > 1 ? workers / 2 : 0)
      for (op_.turns = op_.space == Space::host ? 1 : most_turns; op_.turns >= 1; op_.turns--) {
        const std::int64_t least = op_.turns > 1 ? worth_turns_bytes : least_target_bytes;
        for (std::int64_t target = largest_target; target >= least; target /= less)
          if (accept(grown(plan_, op_, units_.smallest, unit, needs_, target), workers)) return true;
      }
    op_.turns = 1;
    return false;
  }

  bool accept(const Dims& tile, int workers) {
    TileMemory& m = op_.memory;
    count_buffers(plan_, op_, tile, workers);
    StateMemory states;
    for (const auto& o : op_.outputs)
      if (o.fold()) {
        const StateMemory of = state_memory(op_, o, tile, workers);
        states.walking += of.walking, states.exchanging += of.exchanging;
      }
    m.states = states.walking.value();
    m.shared_states = states.exchanging.value(), m.state_messages = 0;
    // What states are sent is counted only where the rest fits.
    if (memory_of(op_).fit(available_)) m.state_messages = state_messages(plan_, op_, largest_message_).value();
    SpaceBytes needed = memory_of(op_);
    needed.host += needs_.beside(tile, workers);
    if (counts_ && (!least_ || needed.host + needed.device < least_->host + least_->device)) least_ = needed;
    if (!needed.fit(available_)) return false;
    count_tiles(op_);
    return true;
  }

  // Of a stage that only writes files.
  void set_grid(const ChunkGrid& grid) {
    op_.grid = grid;
    op_.owners = Distribution::blocks(grid, plan_.limits.ranks);
    for (auto& o : op_.outputs) o.grid = grid, o.owners = op_.owners;
  }

  const Plan& plan_;
  TileOperator& op_;
  const SpaceBytes available_;
  const std::int64_t largest_message_;
  const TileNeeds& needs_;
  const Units units_;
  const std::int64_t target_;
  bool counts_ = true;  // towards the least
  std::optional<SpaceBytes> least_;
};

}  // namespace

void count_beside_tiles(const Plan& plan, TileOperator& op) {
  TileMemory& m = op.memory;
  Amount writers;
  for_each_write(plan, op, [&](const WriteCost& cost) { writers += cost.fixed; });
  m.fetched = fetched_bytes(plan, op).value();
  count_fetch_messages(plan, op);
  m.writers = writers.value();
}

void take_tiles(const Plan& plan, TileOperator& op, const Dims& tile, int workers) {
  count_buffers(plan, op, tile, workers);
  count_tiles(op);
}

SpaceBytes memory_of(const TileOperator& op) {
  const TileMemory& m = op.memory;
  SpaceBytes walk{Amount(m.staging) * op.workers + m.states + m.block, {}};
  walk.in(op.space) += Amount(m.tile) * op.workers;
  walk.host += m.halo_messages;
  // One after the other: messages that bring boxes, tiles, messages that take states.
  SpaceBytes bytes{std::max({Amount(m.fetch_messages), walk.host, Amount(m.shared_states) + m.state_messages}),
                   std::max(Amount(m.link_messages), walk.device)};
  bytes.host += m.writers;
  bytes.in(op.space) += m.fetched;
  return bytes;
}

std::optional<SpaceBytes> fit(const Plan& plan, TileOperator& op, const SpaceBytes& available) {
  make_in_arrays(op);
  return fit_tiles(plan, op, available,
                   {Dims::filled(op.grid.rank(), 1), [](const Dims&, int) { return Amount(); }, true});
}

std::optional<SpaceBytes> fit_tiles(const Plan& plan, TileOperator& op, const SpaceBytes& available,
                                    const TileNeeds& needs) {
  Fitting fitting(plan, op, available, needs);
  const bool fits = fitting.walk_tiles();
  if (needs.blocks && !calls_chunks(op) && is_between_files(plan, op)) {
    TileOperator by_tiles = op;
    const auto cost = [&] {
      return walking_cost(plan, op, walks_blocks(op) ? op.grid.largest() : op.tile, walks_blocks(op));
    };
    if (fits && fitting.walk_other_tiles(worth_blocks * cost())) by_tiles = op;
    op = by_tiles;
    if (fitting.walk_blocks(fits ? worth_blocks * cost() : HUGE_VAL)) return std::nullopt;
    op = by_tiles;
  }
  if (fits) return std::nullopt;
  return fitting.least();
}

}  // namespace tessera
