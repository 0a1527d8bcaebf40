#pragma once
// The sort of rows whose chunks lie on several ranks, or that are too long to be held. Each row by all ranks:
//
//   1. Exact splitters: walks over the row count the digits of the keys, from the highest on, until it is known with
//      which key, and with how many of its equals, each rank's part of the result begins.
//   2. One walk for each group of the result: every rank sends the others the elements that belong in their part of the
//      group, a batch at a time, in the order of their indices; each sorts what it got, and writes it.
//
// With room for a rank's whole part of a row there is one group. With less there are several, and one walk moves as many
// of them as scratch files have room for: what a rank gets goes to its file, where each group has its place, and is read,
// sorted and written group by group. Where there are no scratch files the row is walked once for each group. How many
// walks count keys, and who sends what, depends on the elements: explain says the most that it can be.
#include <tessera/distributed/plan/sort_walk.hpp>

namespace tessera {

/// Elements of a row.
struct RowPart {
  std::int64_t lo = 0, hi = 0;
  std::int64_t size() const { return hi - lo; }
};

struct SpreadSort : SortWalk {
  std::int64_t batch = 0;     ///< records that a rank walks before it sends them
  std::int64_t group = 0;     ///< records of the result that a rank sorts at a time
  std::int64_t groups = 0;    ///< of the longest part of a row
  std::int64_t together = 1;  ///< groups that one walk moves: of more than one, through a scratch file
  std::int64_t counters = 0;  ///< of digits, a power of 2
};

struct Moved;
class Draft;
/// The operator that makes `node`, a Sort, in stage `stage` of the draft.
SpreadSort build_spread_sort(Draft& draft, std::size_t stage, const NodePtr& node);

// What every operator has (operators.hpp).
std::optional<SpaceBytes> fit(const Plan& plan, SpreadSort& op, const SpaceBytes& available);
SpaceBytes memory_of(const SpreadSort& op);
Traffic traffic_of(const Plan& plan, const SpreadSort& op);
std::string explain(const Plan& plan, const SpreadSort& op);
std::string explain_memory(const SpreadSort& op);
template <class Op, class F>
requires std::same_as<std::remove_const_t<Op>, SpreadSort>
void for_each_program(Op& op, F&& f) { for_each_program(op.walk, f); }

/// The chunks along the axis of a row that a rank has. `owners`: runs of chunks whose slowest axis is this one; `column`:
/// the place of the row's chunks among those of the other axes, of which there are `columns`.
RowPart chunks_of_row(const Distribution& owners, int rank, std::int64_t column, std::int64_t columns);
/// Chunks of the other axes.
std::int64_t columns_of(const ChunkGrid& grid, int axis);
inline bool uses_scratch(const SpreadSort& op) { return op.together > 1; }
/// Boundaries that are looked for at a time, at most.
std::int64_t most_boundaries(const SpreadSort& op);
/// Groups whose boundaries are looked for at a time, of a row of which so many ranks make a part.
std::int64_t groups_at_once(const SpreadSort& op, std::int64_t parts);
/// Of a message of the sums of counters over ranks: of all of them at once, for they lie together on either side.
std::int64_t sum_message_bytes(const SpreadSort& op);
/// What comes to a rank when each gives the others so many keys (an all-gather).
Moved gathered_keys(int ranks, std::int64_t keys);
/// What a pair of buffers takes: of records of a batch, as they are walked and as they are sent; of a group, as they come
/// and for sorting them.
std::int64_t batch_bytes(const SpreadSort& op);
std::int64_t group_bytes(const SpreadSort& op);
/// What the file of a rank takes.
std::int64_t scratch_file_bytes(const SpreadSort& op);

}  // namespace tessera
