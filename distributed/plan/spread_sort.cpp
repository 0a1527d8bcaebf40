#include <tessera/distributed/plan/spread_sort.hpp>

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include <tessera/core/byte_sizes.hpp>
#include <tessera/core/memory/pool.hpp>
#include <tessera/distributed/exchange/integer_sum.hpp>
#include <tessera/distributed/plan/draft.hpp>
#include <tessera/distributed/plan/owners.hpp>
#include <tessera/distributed/plan/tile_space.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

// Runs in which the chunks of one place along the axis follow one another: every rank has a part of every row, where it
// has as many chunks.
Distribution spread(const ChunkGrid& grid, int axis, int ranks) {
  Dims order{axis};
  for (int i = 0; i < grid.rank(); i++)
    if (i != axis) order.push_back(i);
  return Distribution::blocks(grid, ranks, order);
}

// What a rank has of a row, at most.
std::int64_t longest_part(const Distribution& owners, int axis) {
  const std::int64_t columns = std::max<std::int64_t>(1, columns_of(owners.grid(), axis));
  const AxisChunks& along = owners.grid().axis(axis);
  std::int64_t most = 0;
  for (int r = 0; r < owners.ranks(); r++) most = std::max(most, owners.run_end(r) - owners.run_begin(r));
  return std::min(along.extent(), (Amount(ceil_div(most, columns)) * along.longest()).value());
}

Amount rows_of(const SpreadSort& op) {
  Amount rows = 1;
  for (int i = 0; i < op.walk.grid.rank(); i++)
    if (i != op.axis) rows *= op.walk.grid.axis(i).extent();
  return rows;
}

Amount counting_bytes(const SpreadSort& op, int ranks, int workers) {
  return rounded(Amount(8) * op.counters) * (workers + 1) + rounded(IntegerSum::memory(ranks, op.counters)) +
         rounded(Amount(op.counters) * sizeof(WideKey)) * 2;
}

Amount beside(const SpreadSort& op, int workers) {
  return rounded(batch_bytes(op)) * 2 + rounded(group_bytes(op)) * 2 +
         counting_bytes(op, op.walk.owners.ranks(), workers);
}

// Elements of a batch: what messages may take, and at least a tile.
std::int64_t batch_of(const Plan& plan, const SpreadSort& op, const Dims& tile, int workers) {
  const std::int64_t wish = message_bytes(plan.limits.memory) / sort_record_bytes(op.sort);
  const std::int64_t all = std::max<std::int64_t>(1, longest_part(op.walk.owners, op.axis));
  return std::max(tile[op.axis], std::min(all, std::max(wish, tile[op.axis] * workers)));
}

// How a row is cut by walks that count keys: each takes as many bits as there are counters for, at least one.
struct RowCounting {
  std::int64_t walks = 0, cuts = 0;  // cuts: whose boundaries are looked for at once
};

RowCounting counting_of_row(const SpreadSort& op, int ranks) {
  const std::int64_t parts = std::min<std::int64_t>(ranks, op.walk.outputs[0].grid.axis(op.axis).count());
  const bool all = op.count == op.walk.grid.axis(op.axis).extent();
  if (parts * op.groups <= 1 && all) return {};
  const std::int64_t at_once = groups_at_once(op, parts);
  const std::int64_t boundaries = std::min(op.groups, at_once) * parts + 1;
  const int first = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(op.counters))) - 1;
  const int later = std::max<int>(1, first - static_cast<int>(std::bit_width(static_cast<std::uint64_t>(boundaries))));
  const int bits = sort_key_bits(op.sort.element);
  const std::int64_t walks = bits <= first ? 1 : 1 + ceil_div(bits - first, later);
  const std::int64_t cuts = ceil_div(op.groups, at_once);
  constexpr std::int64_t by_sample = 2;  // first, where it does not help
  return {(by_sample + walks) * cuts, cuts};
}

// Walks that move elements.
std::int64_t moving_walks(const SpreadSort& op) { return ceil_div(op.groups, op.together); }

// One walk for several groups, where that saves more than it costs to write all elements to a file and read them again:
// about as much as two walks over a file that is in the system's cache.
void use_scratch(SpreadSort& op, std::int64_t parts, Amount room) {
  constexpr std::int64_t worth_walks = 2, most_places = 4096;
  const std::int64_t places = std::max<std::int64_t>(1, most_places / std::max<std::int64_t>(1, parts));
  const std::int64_t most = std::min(
      {op.groups, groups_at_once(op, parts), places, room.value() / std::max<std::int64_t>(1, group_bytes(op))});
  if (most < 2 || op.batch > op.group) return;  // what comes in a round waits in the memory of a group
  const std::int64_t walks = ceil_div(op.groups, most);
  if (op.groups - walks >= worth_walks) op.together = ceil_div(op.groups, walks);
}

std::string why_no_scratch(const Plan& plan, const SpreadSort& op) {
  if (plan.limits.scratch == 0) return "there are no scratch files";
  if (plan.limits.scratch < 2 * group_bytes(op))
    return fmt::format("scratch files may take {} per rank", format_size(plan.limits.scratch));
  return "a scratch file would cost more than it saves";
}

std::string explain_groups(const Plan& plan, const SpreadSort& op) {
  if (op.groups == 1) return "one that moves elements";
  const std::int64_t walks = moving_walks(op);
  if (uses_scratch(op))
    return fmt::format("{} elements to scratch files, in {} groups of {} of a rank's part, which fit at a time",
                       walks == 1 ? "one that moves" : fmt::format("{} that move", walks), op.groups, op.group);
  return fmt::format("{}, because {} elements of a rank's part fit at a time, and {}", op.groups, op.group,
                     why_no_scratch(plan, op));
}

void add(Traffic& t, Amount times, const Moved& moved) {
  t.bytes_moved = (times * moved.bytes + t.bytes_moved).value();
  t.messages = (times * moved.messages + t.messages).value();
}

}  // namespace

RowPart chunks_of_row(const Distribution& owners, int rank, std::int64_t column, std::int64_t columns) {
  const auto from = [&](std::int64_t position) {
    return std::max<std::int64_t>(0, ceil_div(std::max<std::int64_t>(0, position - column), columns));
  };
  return {from(owners.run_begin(rank)), from(owners.run_end(rank))};
}

std::int64_t columns_of(const ChunkGrid& grid, int axis) {
  std::int64_t n = 1;
  for (int i = 0; i < grid.rank(); i++)
    if (i != axis) n *= grid.axis(i).count();
  return n;
}

std::int64_t most_boundaries(const SpreadSort& op) { return op.counters / 4; }
std::int64_t groups_at_once(const SpreadSort& op, std::int64_t parts) {
  return std::max<std::int64_t>(1, most_boundaries(op) / (2 * std::max<std::int64_t>(1, parts)));
}
std::int64_t sum_message_bytes(const SpreadSort& op) { return 8 * op.counters; }
Moved gathered_keys(int ranks, std::int64_t keys) {
  return {(Amount(keys) * static_cast<std::int64_t>(sizeof(WideKey)) * (ranks - 1)).value(), ranks - 1};
}
std::int64_t batch_bytes(const SpreadSort& op) { return (Amount(op.batch) * sort_record_bytes(op.sort)).value(); }
std::int64_t group_bytes(const SpreadSort& op) { return (Amount(op.group) * sort_record_bytes(op.sort)).value(); }
std::int64_t scratch_file_bytes(const SpreadSort& op) { return (Amount(op.together) * group_bytes(op)).value(); }

SpreadSort build_spread_sort(Draft& draft, std::size_t stage, const NodePtr& node) {
  const int ranks = draft.limits().ranks;
  SpreadSort op{sort_walk_of(draft, stage, node)};
  TileOperator& walk = op.walk;
  StageOutput& out = walk.outputs[0];
  out.owners = spread(out.grid, op.axis, ranks);
  walk_by(draft.plan(), walk, spread(walk.grid, op.axis, ranks), 1u << op.axis);
  use_space(draft.plan(), walk, Space::host);
  draft.send(stage, *node, Space::host, out);
  return op;
}

std::optional<SpaceBytes> fit(const Plan& plan, SpreadSort& op, const SpaceBytes& available) {
  constexpr std::int64_t most_counters = 1 << 16, least_counters = 1 << 8, least_group = 1024;
  const std::int64_t row = op.walk.grid.axis(op.axis).extent();
  const std::int64_t parts = std::min<std::int64_t>(plan.limits.ranks, op.walk.outputs[0].grid.axis(op.axis).count());
  const auto power = [](std::int64_t n) {
    return static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(n)));
  };
  op.counters = std::clamp(std::min(power(2 * row), power(message_bytes(plan.limits.memory) / 32)), least_counters,
                           most_counters);
  op.counters = std::max(op.counters, power(16 * parts));  // a group has two boundaries a rank
  const std::int64_t part = std::max<std::int64_t>(1, longest_part(op.walk.outputs[0].owners, op.axis));
  TileNeeds needs{Dims::filled(op.walk.grid.rank(), 1), [&](const Dims& tile, int workers) {
                    op.batch = batch_of(plan, op, tile, workers);
                    return beside(op, workers);
                  }};
  for (int i = 0; i < op.walk.grid.rank(); i++)
    if (i != op.axis) needs.single |= 1u << i;
  std::optional<SpaceBytes> missing;
  for (op.groups = 1;; op.groups += 1 + op.groups / 2) {
    op.group = ceil_div(part, op.groups);
    missing = fit_tiles(plan, op.walk, available, needs);
    op.batch = batch_of(plan, op, op.walk.tile, op.walk.workers);
    if (!missing || op.group <= least_group) break;
  }
  op.together = 1;
  if (!missing) use_scratch(op, parts, available.scratch);
  return missing;
}

SpaceBytes memory_of(const SpreadSort& op) {
  SpaceBytes bytes = memory_of(op.walk);
  bytes.host += beside(op, op.walk.workers);
  if (uses_scratch(op)) bytes.scratch = scratch_file_bytes(op);
  return bytes;
}

Traffic traffic_of(const Plan& plan, const SpreadSort& op) {
  Traffic t = traffic_of(plan, op.walk);
  const std::int64_t ranks = plan.limits.ranks;
  const RowCounting counting = counting_of_row(op, plan.limits.ranks);
  const std::int64_t walks = counting.walks + moving_walks(op);
  const Amount rows = rows_of(op);
  t.at_most = true, t.moves_at_most = ranks > 1;
  t.tiles = (Amount(t.tiles) * walks).value(), t.bytes_read = (Amount(t.bytes_read) * walks).value();
  t.decodings *= static_cast<double>(walks);
  const Amount elements = rows * op.count;
  if (uses_scratch(op)) t.scratch_bytes = (elements * sort_record_bytes(op.sort)).value();
  if (ranks == 1) return t;
  const std::int64_t message = sum_message_bytes(op);
  add(t, rows * counting.walks, traffic_of_sum(plan.limits.ranks, op.counters, message));
  add(t, rows * counting.cuts, traffic_of_sum_before(plan.limits.ranks, most_boundaries(op), message));
  constexpr std::int64_t gathers = 2;  // of a sample, and of the keys that are left at the end
  add(t, rows * counting.cuts * ranks * gathers, gathered_keys(plan.limits.ranks, op.counters / ranks));
  t.bytes_moved = (elements * sort_record_bytes(op.sort) + t.bytes_moved).value();
  const std::int64_t batches =
      ceil_div(longest_part(op.walk.owners, op.axis), std::max<std::int64_t>(1, op.batch - op.walk.tile[op.axis] + 1));
  t.messages = (std::min(elements, rows * moving_walks(op) * batches * (ranks * (ranks - 1))) + t.messages).value();
  return t;
}

std::string explain(const Plan& plan, const SpreadSort& op) {
  std::string s =
      fmt::format("    sort     rows of {} along axis {}, each by all ranks: up to {} walks that count keys, then {}\n",
                  op.walk.grid.axis(op.axis).extent(), op.axis, counting_of_row(op, plan.limits.ranks).walks,
                  explain_groups(plan, op));
  if (op.count < op.walk.grid.axis(op.axis).extent())
    s += fmt::format("    of which {} elements from {} on are wanted\n", op.count, op.first);
  if (plan.limits.ranks > 1) s += fmt::format("    exchange in batches of {} elements of each rank\n", op.batch);
  return s + explain(plan, op.walk);
}

std::string explain_memory(const SpreadSort& op) {
  return fmt::format("{}, batches 2 x {}, groups 2 x {}, counters {}", explain_memory(op.walk),
                     format_size(batch_bytes(op)), format_size(group_bytes(op)),
                     format_size(counting_bytes(op, op.walk.owners.ranks(), op.walk.workers).value()));
}

}  // namespace tessera
