#pragma once
// The sort of rows that are whole: a walk over tiles of whole rows, each of which a worker sorts by itself.
#include <tessera/distributed/plan/sort_walk.hpp>

namespace tessera {

struct RowSort : SortWalk {};

class Draft;
/// The operator that makes `node`, a Sort with whole rows, in stage `stage` of the draft.
RowSort build_row_sort(Draft& draft, std::size_t stage, const NodePtr& node);

// What every operator has (operators.hpp).
std::optional<SpaceBytes> fit(const Plan& plan, RowSort& op, const SpaceBytes& available);
SpaceBytes memory_of(const RowSort& op);
Traffic traffic_of(const Plan& plan, const RowSort& op);
std::string explain(const Plan& plan, const RowSort& op);
std::string explain_memory(const RowSort& op);
template <class Op, class F>
requires std::same_as<std::remove_const_t<Op>, RowSort>
void for_each_program(Op& op, F&& f) { for_each_program(op.walk, f); }

/// Of a worker: the records of a row, twice.
std::int64_t worker_bytes(const RowSort& op);

}  // namespace tessera
