#include <tessera/distributed/plan/partial_columns.hpp>

#include <algorithm>
#include <map>

#include <tessera/distributed/owned_boxes.hpp>
#include <tessera/distributed/ownership.hpp>
#include <tessera/distributed/plan/parts.hpp>

namespace tessera {
namespace {

using ForPartial = std::function<void(int from, int to, Amount bytes)>;

// The chunks of a box along the folded axes, as ranges of their numbers in a column.
void add_ranges(const ChunkGrid& grid, std::uint32_t folded, const Box& box, std::vector<ChunkRange>& ranges) {
  Dims lo, extent, count;
  for (int i = 0; i < grid.rank(); i++)
    if (folded >> i & 1u)
      lo.push_back(box.lo[i]), extent.push_back(box.extent[i]), count.push_back(grid.axis(i).count());
  int leading = extent.size();
  std::int64_t run = 1;  // consecutive numbers
  while (leading > 0) {
    leading--;
    run *= extent[leading];
    if (extent[leading] != count[leading]) break;
  }
  Dims outer;
  for (int i = 0; i < leading; i++) outer.push_back(extent[i]);
  for_each_index(outer, [&](const Dims& at) {
    std::int64_t first = 0;
    for (int i = 0; i < lo.size(); i++) first = first * count[i] + lo[i] + (i < at.size() ? at[i] : 0);
    ranges.emplace_back(first, first + run);
  });
}

void join(std::vector<ChunkRange>& ranges) {
  std::sort(ranges.begin(), ranges.end());
  std::vector<ChunkRange> joined;
  for (const auto& r : ranges) {
    if (!joined.empty() && joined.back().second == r.first)
      joined.back().second = r.second;
    else
      joined.push_back(r);
  }
  ranges = std::move(joined);
}

// What a rank holds: `nodes` of every column in a box of chunks of the result; `whole`: all that there is of them.
using ForCell = std::function<void(int rank, std::int64_t nodes, bool whole, const Box& cell)>;

// Goes through what all ranks hold.
class HeldColumns {
 public:
  HeldColumns(const TileOperator& op, const StageOutput& o, const ForCell& f)
      : op_(op), o_(o), fold_(*o.fold()), f_(f) {
    for (int i = 0; i < op.grid.rank(); i++)
      if (fold_.reduced >> i & 1u) chunks_ *= op.grid.axis(i).count();
  }

  void run() const {
    if (op_.owners.ranks() == 1 || op_.owners.kind() == Distribution::Kind::replicated || op_.grid.count() == 0) return;
    if (op_.owners.kind() == Distribution::Kind::blocks)
      of_runs();
    else
      of_chunks();
  }

 private:
  void of_runs() const {
    for (int rank = 0; rank < op_.owners.ranks(); rank++)
      if (const std::vector<Box> boxes = owned_boxes(op_.owners, rank); !boxes.empty()) of_boxes(rank, boxes);
  }
  void of_chunks() const {
    std::map<std::pair<int, std::int64_t>, std::vector<ChunkRange>> columns;  // by rank and chunk of the result
    for_each_index(op_.grid.counts(), [&](const Dims& at) {
      const std::int64_t result = o_.grid.linear(fold_.result_chunk(at));
      add_ranges(op_.grid, fold_.reduced, {at, Dims::filled(at.size(), 1)}, columns[{op_.owners.owner(at), result}]);
    });
    for (auto& [of, ranges] : columns) {
      join(ranges);
      const Dims at = o_.grid.coordinates(of.second);
      tell(of.first, ranges, {at, Dims::filled(at.size(), 1)});
    }
  }
  // Where the boxes of a rank's chunks begin and end on the kept axes: between two of these, all columns are alike.
  void of_boxes(int rank, const std::vector<Box>& boxes) const {
    std::vector<std::vector<std::int64_t>> cuts;
    Dims cells;
    for (int i = 0; i < op_.grid.rank(); i++) {
      if (fold_.groups && i == group_axis(fold_.reduced)) cuts.push_back({0, 1}), cells.push_back(1);
      if (fold_.reduced >> i & 1u) continue;
      auto& c = cuts.emplace_back();
      for (const Box& b : boxes) c.push_back(b.lo[i]), c.push_back(b.lo[i] + b.extent[i]);
      std::sort(c.begin(), c.end());
      c.erase(std::unique(c.begin(), c.end()), c.end());
      cells.push_back(static_cast<std::int64_t>(c.size()) - 1);
    }
    for_each_index(cells, [&](const Dims& at) {
      Box cell;  // of chunks of the result
      for (int k = 0; k < at.size(); k++) {
        const auto& c = cuts[k];
        cell.lo.push_back(c[at[k]]);
        cell.extent.push_back(c[static_cast<std::size_t>(at[k]) + 1] - cell.lo[k]);
      }
      std::vector<ChunkRange> ranges;
      for (const Box& b : boxes) {
        const Box kept{fold_.result_chunk(b.lo), fold_.result_chunks(b.extent)};
        if (intersect(kept, cell) == cell) add_ranges(op_.grid, fold_.reduced, b, ranges);
      }
      if (ranges.empty()) return;
      join(ranges);
      tell(rank, ranges, cell);
    });
  }

  void tell(int rank, const std::vector<ChunkRange>& ranges, const Box& cell) const {
    f_(rank, held_nodes(chunks_, ranges), ranges == std::vector<ChunkRange>{{0, chunks_}}, cell);
  }

  const TileOperator& op_;
  const StageOutput& o_;
  const FoldOutput& fold_;
  const ForCell& f_;
  std::int64_t chunks_ = 1;  // of a column
};

// Outputs, and regions, in boxes of chunks of the result.
Counted outputs_in(const StageOutput& o, const Box& cell) {
  return {cell, [&o](int i, std::int64_t lo, std::int64_t hi) {
            if (o.fold()->is_group_axis(i)) return hi > lo ? o.fold()->groups->count : 0;
            return o.grid.axis(i).bound(hi) - o.grid.axis(i).bound(lo);
          }};
}
Counted regions_in(const StageOutput& o, const Box& cell, const Dims& kept_tile) {
  return {cell, [&o, kept_tile](int i, std::int64_t lo, std::int64_t hi) {
            if (o.fold()->is_group_axis(i)) return hi > lo ? std::int64_t{1} : 0;
            const AxisChunks& a = o.grid.axis(i);
            return tiles_touching(a, std::max<std::int64_t>(1, kept_tile[i]), a.bound(lo), a.bound(hi));
          }};
}

}  // namespace

std::int64_t held_nodes(std::int64_t n, const std::vector<ChunkRange>& ranges) {
  std::int64_t nodes = 0;
  for (auto [begin, end] : ranges)
    for (std::int64_t width = n; begin < end; width = (width + 1) / 2) {
      if (width == 1) {
        nodes++;
        break;
      }
      // A left end that is a right sibling stays alone; so does a right end that is a left sibling, unless it has no
      // right sibling at all and rises as it is.
      if (begin % 2) nodes++, begin++;
      if (end % 2 && end != width) nodes++, end--;
      begin /= 2, end = (end + 1) / 2;
    }
  return nodes;
}

void for_each_partial(const TileOperator& op, const StageOutput& o, const ForPartial& f) {
  const FoldOutput& fold = *o.fold();
  const Dims tile = fold.result_extent(op.tile);
  const StateLayout layout = fold.fold.layout();
  const std::int64_t state = layout.offset(layout.components, 1);
  const ForCell cell = [&](int from, std::int64_t nodes, bool, const Box& chunks) {
    std::map<int, Amount> bytes;
    for_each_owner(o.owners, outputs_in(o, chunks), [&](int to, std::int64_t n) {
      if (to != from) bytes[to] += Amount(nodes) * n * state;
    });
    if (bytes.empty()) return;
    for_each_owner(o.owners, regions_in(o, chunks, tile), [&](int to, std::int64_t n) {
      if (to != from) bytes[to] += Amount(nodes) * n * state_header_bytes;
    });
    for (const auto& [to, n] : bytes) f(from, to, n);
  };
  HeldColumns(op, o, cell).run();
}

SharedStates shared_states(const TileOperator& op, const StageOutput& o, const Dims& tile, Amount region) {
  const auto ranks = static_cast<std::size_t>(op.owners.ranks());
  std::vector<Amount> kept(ranks), come(ranks);
  const Dims kept_tile = o.fold()->result_extent(tile);
  const ForCell cell = [&](int rank, std::int64_t nodes, bool whole, const Box& chunks) {
    for_each_owner(o.owners, regions_in(o, chunks, kept_tile), [&](int to, std::int64_t n) {
      const Amount bytes = region * n * nodes;
      if (to != rank || !whole) kept[rank] += bytes;
      if (to != rank) come[to] += bytes;
    });
  };
  HeldColumns(op, o, cell).run();
  SharedStates most;
  for (std::size_t r = 0; r < ranks; r++) {
    most.kept = std::max(most.kept, kept[r]);
    most.with_others = std::max(most.with_others, kept[r] + come[r]);
  }
  return most;
}

}  // namespace tessera
