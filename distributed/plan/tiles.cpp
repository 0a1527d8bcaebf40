#include <tessera/distributed/plan/tiles.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <tessera/core/kernel/fixed_tree.hpp>
#include <tessera/core/memory/pool.hpp>
#include <tessera/core/store_calls.hpp>
#include <tessera/distributed/plan/seams.hpp>

namespace tessera {
namespace {

Amount product(const Dims& d) {
  Amount n = 1;
  for (auto e : d) n *= e;
  return n;
}

Amount rounded(Amount bytes) { return MemoryPool::rounded(bytes.value()); }

Amount state_region_bytes(const StageOutput& o, const Dims& extent) {
  return o.fold.layout().bytes(product(kept_axes(extent, o.reduced)).value());
}

Amount leaves_in(const StageOutput& o, const Dims& extent) {
  Amount n = 1;
  for (int i = 0; i < extent.size(); i++)
    if (o.reduced >> i & 1u) n *= ceil_div(extent[i], o.leaf[i]);
  return n;
}

// The states that a rank may hold while the stage runs.
Amount state_bytes_of(const Stage& stage, const StageOutput& o, const Dims& tile, int workers) {
  std::int64_t chunks = 1, leaves = 1;
  const Dims largest = stage.grid.largest();
  for (int i = 0; i < stage.grid.rank(); i++)
    if (o.reduced >> i & 1u) {
      chunks *= stage.grid.axis(i).count();
      leaves *= ceil_div(std::max<std::int64_t>(1, largest[i]), o.leaf[i]);
    }
  const Amount region = rounded(state_region_bytes(o, tile));
  const std::int64_t depth = tree_depth(chunks) + 2 + (leaves > leaves_in(o, tile) ? tree_depth(leaves) + 1 : 0);
  if (o.in_order || o.owners.ranks() == 1) {
    Amount bytes = region * (depth + 2 * workers);
    if (o.owners.ranks() > 1 && o.in_order)
      for (auto start : stage.owners.starts())
        if (chunks > 0 && start % chunks) {  // a result begun on one rank and ended on another
          bytes += 2 * (tree_depth(chunks) + 1) * rounded(state_region_bytes(o, largest));
          break;
        }
    if (!o.in_order) bytes += (tree_depth(chunks) + 1) * state_region_bytes(o, stage.grid.shape());
    return bytes;
  }
  return (tree_depth(chunks) + 1) * (state_region_bytes(o, stage.grid.shape()) + 64) + region * depth;
}

struct Need {
  Amount tile, state;
  int workers;
  Amount total() const { return tile * workers + state; }
};

template <class F>
void for_each_write(const Plan& plan, const Stage& stage, const F& f) {
  for (const auto& o : stage.outputs)
    for (int sink : o.writes) f(plan.sinks[static_cast<std::size_t>(sink)].cost);
}

Need need(const Plan& plan, const Stage& stage, const Dims& tile, int workers) {
  Need n{tile_buffer_bytes(plan, stage, tile), 0, workers};
  for (const auto& o : stage.outputs)
    if (o.is_reduce) n.state += state_bytes_of(stage, o, tile, workers);
  return n;
}

// What a tile of these extents holds, without what a store needs for reading it.
Amount held_bytes(const Stage& stage, const Dims& tile) {
  Amount bytes;
  for (const auto& v : stage.values)
    if (takes_buffer(v) && v.seam_axis < 0)
      bytes += rounded(product(value_extent(v.from_domain, tile)) * item_size(v.dtype));
  if (const std::int64_t pieces = seam_bytes(stage, tile)) bytes += rounded(pieces);
  for (const auto& o : stage.outputs) {
    if (o.is_reduce)
      bytes += rounded(leaves_in(o, tile) * state_region_bytes(o, tile)) +
               rounded(product(kept_axes(tile, o.reduced)) * item_size(o.dtype));
    else if (o.array < 0)
      bytes += rounded(product(tile) * item_size(o.dtype));
  }
  return bytes;
}

// States of many outputs that one tile gives at most: those of a column of short chunks then lie in L2 together (the
// std of chunks of two rows was 1.4 times as slow with tiles of any size).
constexpr std::int64_t most_state_bytes = 128 << 10;

// A tile of whole units that takes about `target` bytes: whole trailing axes first, so that its leaves are consecutive.
Dims grown(const Plan& plan, const Stage& stage, const Dims& unit, const Dims& wish, std::int64_t target) {
  const Dims largest = stage.grid.largest();
  // Also where nothing needs a buffer: some tiles for every thread.
  const std::int64_t mine = product(stage.grid.shape()).value() / plan.limits.ranks;
  const std::int64_t most = std::clamp<std::int64_t>(mine / (8 * plan.limits.threads), 32 << 10, 1 << 20);
  Dims tile = wish;
  for (int i = tile.size() - 1; i >= 0; i--) {
    Dims whole = tile;
    whole[i] = largest[i];
    const auto fits = [&](const Dims& t) {
      for (const auto& o : stage.outputs)
        if (o.is_reduce && t[i] > tile[i] && leaves_in(o, t) * state_region_bytes(o, t) > most_state_bytes &&
            product(kept_axes(t, o.reduced)) > 1)
          return false;
      return product(t) <= most && held_bytes(stage, t) <= target;
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
    if (i == tile.size() - 1 && n > 2048)
      n = std::max(unit[i], n / std::lcm(unit[i], std::int64_t{1024}) * std::lcm(unit[i], std::int64_t{1024}));
    tile[i] = std::min(largest[i], std::max(n, tile[i]));
    break;
  }
  return tile;
}

}  // namespace

Box owned_box(const Stage& stage, int rank) {
  const Box chunks = stage.owners.hull(rank);
  Box box{chunks.lo, chunks.extent};
  if (chunks.empty()) return {chunks.lo, Dims::filled(chunks.rank(), 0)};
  for (int i = 0; i < chunks.rank(); i++) {
    box.lo[i] = stage.grid.axis(i).bound(chunks.lo[i]);
    box.extent[i] = stage.grid.axis(i).bound(chunks.lo[i] + chunks.extent[i]) - box.lo[i];
  }
  return box;
}

Box needed_box(const Stage& stage, const TileValue& value, int rank) {
  return value.from_domain.map(intersect(owned_box(stage, rank), value.within));
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

Box fetched_box(const Stage& stage, const StageFetch& fetch, int rank) {
  Box box = needed_box(stage, stage.values[static_cast<std::size_t>(fetch.values[0])], rank);
  for (int v : fetch.values) box = hull(box, needed_box(stage, stage.values[static_cast<std::size_t>(v)], rank));
  return box;
}

Dims value_extent(const IndexTransform& from_domain, const Dims& extent) {
  Dims r;
  for (const auto& a : from_domain.axes())
    r.push_back(a.from < 0 ? 1 : extent[a.from] == 0 ? 0 : std::abs(a.stride) * (extent[a.from] - 1) + 1);
  return r;
}

std::int64_t tile_buffer_bytes(const Plan& plan, const Stage& stage, const Dims& tile) {
  std::int64_t scratch = 0;
  for (const auto& v : stage.values)
    if (v.kind == TileValue::Kind::read) {
      const Store* store = plan.sources[static_cast<std::size_t>(v.source)].node->store();
      const Dims extent = value_extent(v.from_domain, clipped(v, tile));
      scratch = std::max(scratch, run_store_code(*store, [&] { return store->scratch_bytes(extent); }));
    }
  Amount writing;
  for_each_write(plan, stage, [&](const WriteCost& cost) { writing += cost.per_worker; });
  return (held_bytes(stage, tile) + scratch + writing).value();
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

std::int64_t size_tiles(const Plan& plan, Stage& stage, std::int64_t available) {
  const Dims largest = stage.grid.largest();
  Dims unit = Dims::filled(largest.size(), 1), wish;
  for (const auto& o : stage.outputs)
    if (o.is_reduce)
      for (int i = 0; i < largest.size(); i++)
        if (o.reduced >> i & 1u)
          unit[i] = std::min(std::max<std::int64_t>(1, largest[i]), std::lcm(unit[i], o.leaf[i]));
  stage.write_bytes = 0;
  for_each_write(plan, stage, [&](const WriteCost& cost) {
    stage.write_bytes = (Amount(stage.write_bytes) + cost.fixed).value();
    // Tiles of one chunk follow one another unless a reduction wants columns first: then a tile is a chunk.
    for (int i = 0; cost.in_chunks && stage.grouped != 0 && i < unit.size(); i++)
      unit[i] = std::max<std::int64_t>(1, largest[i]);
  });
  wish = unit;
  bool indivisible = false;
  for (const auto& v : stage.values) {
    if (v.kind != TileValue::Kind::read) continue;
    const auto& whole = plan.sources[static_cast<std::size_t>(v.source)].node->store()->info().indivisible;
    for (int j = 0; j < whole.size(); j++)
      if (const auto& a = v.from_domain.axis(j); whole[j] > 1 && a.from >= 0) {
        wish[a.from] = std::max<std::int64_t>(1, largest[a.from]);
        indivisible = true;
      }
  }
  const Amount fixed = Amount(stage.resident_bytes) + stage.fetch_bytes + stage.exchange_bytes + stage.write_bytes;
  Amount smallest;
  const auto accept = [&](const Dims& tile, int workers) {
    const Need n = need(plan, stage, tile, workers);
    if (smallest == Amount() || fixed + n.total() < smallest) smallest = fixed + n.total();
    if (fixed + n.total() > available) return false;
    stage.tile = tile;
    stage.workers = workers;
    stage.tile_bytes = n.tile.value();
    stage.seam_bytes = seam_bytes(stage, tile);
    stage.state_bytes = n.state.value();
    return true;
  };
  // First with whole compressed chunks; then in parts of them, the largest that fit, because each part decodes its
  // chunk again.
  for (int pass = indivisible ? 0 : 1; pass < 2; pass++)
    for (int workers = plan.limits.threads; workers >= 1; workers = workers > 1 ? workers / 2 : 0)
      for (std::int64_t target = pass == 1 && indivisible ? 64 * tile_target_bytes : tile_target_bytes; target >= 4096;
           target /= 4)
        if (accept(grown(plan, stage, unit, pass == 0 ? wish : unit, target), workers)) return 0;
  return smallest.value();
}

void count_traffic(const Plan& plan, Stage& stage) {
  Amount read, written, moved, messages;
  stage.tiles = 1;
  Dims along;
  for (int i = 0; i < stage.grid.rank(); i++) {
    along.push_back(tiles_along(stage.grid.axis(i), std::max<std::int64_t>(1, stage.tile[i])));
    stage.tiles *= along.back();
  }
  const auto tiles_on = [&](const TileValue& v, int axis) {
    if (v.seam_axis < 0) return along[axis];
    return tiles_touching(stage.grid.axis(axis), std::max<std::int64_t>(1, stage.tile[axis]), v.within.lo[axis],
                          v.within.lo[axis] + v.within.extent[axis]);
  };
  for (const auto& f : stage.fetches) {
    const std::int64_t item = item_size(stage.values[static_cast<std::size_t>(f.values[0])].dtype);
    for (int r = 0; r < plan.limits.ranks; r++) moved += Amount(fetched_box(stage, f, r).size()) * item;
    messages += std::int64_t{plan.limits.ranks} * (plan.limits.ranks - 1);
  }
  for (const auto& v : stage.values) {
    if (v.kind != TileValue::Kind::read) continue;
    const auto& info = plan.sources[static_cast<std::size_t>(v.source)].node->store()->info();
    Amount elements = 1;
    double chunks =
        1;  // the part of a compressed dataset's chunks that is read; those that two tiles touch count twice
    Dims used = Dims::filled(stage.grid.rank(), 0);
    for (int j = 0; j < v.from_domain.input_rank(); j++) {
      const auto& a = v.from_domain.axis(j);
      const AxisChunks& held = info.grid.axis(j);
      std::int64_t touched = 1;
      if (a.from >= 0) {
        used[a.from] = 1;
        const std::int64_t tiles = tiles_on(v, a.from), n = v.within.extent[a.from];
        // Each tile reads from its first to its last index; gaps between tiles are not read.
        elements *= Amount(std::abs(a.stride)) * (n - tiles) + tiles;
        touched = n == stage.grid.axis(a.from).extent() ? held.sliced(a.offset, a.stride, n).count() : 1;
        touched = std::max(touched, tiles);
      }
      chunks *= static_cast<double>(touched) / static_cast<double>(std::max<std::int64_t>(1, held.count()));
    }
    for (int i = 0; i < used.size(); i++)
      if (!used[i]) elements *= tiles_on(v, i), chunks *= static_cast<double>(tiles_on(v, i));
    const std::int64_t all = std::max<std::int64_t>(1, product(info.shape).value());
    const double part =
        info.filters.empty() ? static_cast<double>(elements.value()) / static_cast<double>(all) : chunks;
    read += std::llround(std::min(part * static_cast<double>(info.stored_bytes), 0x1p62));
  }
  const std::int64_t others = plan.limits.ranks - 1;
  for (const auto& o : stage.outputs) {
    const Amount bytes = Amount(num_elements(o.grid.shape())) * item_size(o.dtype);
    written += bytes * static_cast<std::int64_t>(o.writes.size());
    if (o.is_reduce && others > 0 && stage.owners.kind() != Distribution::Kind::replicated) {
      std::int64_t crossing = 0,
                   chunks = std::max<std::int64_t>(1, stage.grid.count() / std::max<std::int64_t>(1, o.grid.count()));
      if (o.in_order) {
        for (int r = 1; r < plan.limits.ranks; r++)
          if (stage.owners.starts()[static_cast<std::size_t>(r)] % chunks) crossing++;
        moved +=
            ceil_div((crossing * (tree_depth(chunks) + 1) * state_region_bytes(o, stage.grid.largest())).value(), 2);
      } else {
        crossing = others;
        moved += others * state_region_bytes(o, stage.grid.shape());
      }
      messages += crossing;
    }
    if (o.array >= 0 && plan.arrays[static_cast<std::size_t>(o.array)].replicate) {
      moved += bytes * others;
      messages += o.grid.count() == 1 ? others : others * plan.limits.ranks;
    }
  }
  stage.bytes_read = read.value(), stage.bytes_written = written.value();
  stage.bytes_moved = moved.value(), stage.messages = messages.value();
}

}  // namespace tessera
