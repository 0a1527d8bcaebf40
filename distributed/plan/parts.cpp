#include <tessera/distributed/plan/parts.hpp>

#include <algorithm>

#include <tessera/distributed/plan/halo.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

using Interval = std::pair<std::int64_t, std::int64_t>;

// The tile along an axis that holds `index`.
Interval tile_around(const AxisChunks& axis, std::int64_t tile, std::int64_t index) {
  const std::int64_t chunk = axis.find(index), begin = axis.bound(chunk) + (index - axis.bound(chunk)) / tile * tile;
  return {begin, std::min(begin + tile, axis.bound(chunk + 1))};
}

// The tiles of one axis in which the parts' buffers may be largest: where a part begins, where it ends, and one that
// it fills.
std::vector<Interval> candidates(const std::vector<const TileValue*>& values, const AxisChunks& axis, int along,
                                 std::int64_t tile) {
  std::vector<Interval> tiles;
  for (const auto* v : values) {
    const std::int64_t begin = v->within.lo[along], end = begin + v->within.extent[along];
    tiles.push_back(tile_around(axis, tile, begin));
    tiles.push_back(tile_around(axis, tile, end - 1));
    // Chunks differ in length: a full tile stands for every one inside.
    const std::int64_t inside = std::min(tile, end - begin);
    tiles.emplace_back(begin, begin + inside);
  }
  std::sort(tiles.begin(), tiles.end());
  tiles.erase(std::unique(tiles.begin(), tiles.end()), tiles.end());
  return tiles;
}

Amount bytes_of(const TileValue& v, Dims tile, int along, std::int64_t overlap) {
  tile[along] = overlap;
  Amount bytes = item_size(v.dtype);
  for (auto e : value_extent(v.from_domain, tile)) bytes *= e;
  return Amount(ceil_div(bytes.value(), part_alignment)) * part_alignment;
}

// What a tile reaches is anywhere; of all that the largest reach is long the most is held where a part begins or ends, but
// for what buffers are rounded up by.
Amount part_bytes_with_halos(std::vector<const TileValue*> values, int along, const Dims& tile) {
  std::int64_t most_reach = tile[along];
  for (const auto* v : values)
    if (v->has_halo()) most_reach = std::max(most_reach, tile[along] + v->before[along] + v->after[along]);
  std::sort(values.begin(), values.end(),
            [&](const auto* a, const auto* b) { return a->within.lo[along] < b->within.lo[along]; });
  const auto end_of = [&](const TileValue* v) { return v->within.lo[along] + v->within.extent[along]; };
  std::vector<std::int64_t> starts;
  for (const auto* v : values) {
    starts.push_back(v->within.lo[along]);
    starts.push_back(end_of(v) - most_reach);
  }
  std::sort(starts.begin(), starts.end());
  std::vector<const TileValue*> open;
  std::size_t next = 0;
  Amount most;
  for (const auto begin : starts) {
    while (next < values.size() && values[next]->within.lo[along] < begin + most_reach) open.push_back(values[next++]);
    std::erase_if(open, [&](const auto* v) { return end_of(v) <= begin; });
    Amount here;
    for (const auto* v : open) {
      const std::int64_t overlap = std::min(begin + most_reach, end_of(v)) - std::max(begin, v->within.lo[along]);
      if (overlap > 0) here += bytes_of(*v, reach_extent(*v, tile), along, overlap) + part_alignment;
    }
    most = std::max(most, here);
  }
  return most;
}

}  // namespace

Dims clipped(const TileValue& v, const Dims& extent) {
  Dims c = extent;
  for (int i = 0; i < c.size(); i++) c[i] = std::min(c[i], v.within.extent[i]);
  return c;
}

bool takes_buffer(const TileValue& v) {
  struct Takes {
    bool operator()(const StoredValue& stored) { return !stored.by_block; }
    bool operator()(const GeneratedValue&) { return true; }
    bool operator()(const HeldValue& held) { return !(held.one_chunk || held.one_piece) || held.elsewhere; }
    bool operator()(const FetchedValue&) { return false; }
    bool operator()(const ComputedValue&) { return true; }
    bool operator()(const JoinedValue& joined) { return !joined.one_part; }
    bool operator()(const StencilValue& stencil) { return !stencil.output; }
    bool operator()(const CallValue&) { return true; }
    bool operator()(const ChunkCallValue&) { return true; }
    bool operator()(const GatheredValue&) { return false; }
  };
  return std::visit(Takes{}, v.how);
}

std::int64_t part_bytes(const TileOperator& op, const Dims& tile) {
  Amount bytes;
  for (int along = 0; along < tile.size(); along++) {
    std::vector<const TileValue*> values;
    for (const auto& v : op.values)
      if (v.part_axis == along && takes_buffer(v) && !v.within.empty()) values.push_back(&v);
    if (values.empty()) continue;
    if (has_halos(op)) {
      bytes += part_bytes_with_halos(values, along, tile);
      continue;
    }
    std::sort(values.begin(), values.end(),
              [&](const auto* a, const auto* b) { return a->within.lo[along] < b->within.lo[along]; });
    Amount most;
    std::vector<const TileValue*> open;
    std::size_t next = 0;
    for (const auto& [begin, end] : candidates(values, op.grid.axis(along), along, tile[along])) {
      while (next < values.size() && values[next]->within.lo[along] < end) open.push_back(values[next++]);
      std::erase_if(
          open, [&, begin = begin](const auto* v) { return v->within.lo[along] + v->within.extent[along] <= begin; });
      Amount here;
      for (const auto* v : open) {
        const std::int64_t lo = v->within.lo[along];
        const std::int64_t overlap = std::min(end, lo + v->within.extent[along]) - std::max(begin, lo);
        if (overlap > 0) here += bytes_of(*v, clipped(*v, tile), along, overlap);
      }
      most = std::max(most, here);
    }
    bytes += most;
  }
  return bytes.value();
}

std::int64_t tiles_touching(const AxisChunks& axis, std::int64_t tile, std::int64_t begin, std::int64_t end) {
  if (begin >= end) return 0;
  const std::int64_t first = axis.find(begin), last = axis.find(end - 1);
  const auto in_chunk = [&](std::int64_t k) {
    const std::int64_t b = axis.bound(k), from = std::max(begin, b) - b, to = std::min(end, axis.bound(k + 1)) - b;
    return (to - 1) / tile - from / tile + 1;
  };
  if (first == last) return in_chunk(first);
  const std::int64_t inner_begin = axis.bound(first + 1), inner = axis.bound(last) - inner_begin;
  return in_chunk(first) + in_chunk(last) + tiles_along(axis.sliced(inner_begin, 1, inner), tile);
}

}  // namespace tessera
