#pragma once
// Quantiles of short columns: a walk over tiles that have whole columns, of which each worker takes the quantiles by
// itself. The node's domain has one chunk along the folded axes, so that what brings the elements of a column together
// (reading across the chunks of a file, or a redistribution before) is no concern of this operator.
#include <tessera/distributed/plan/selection.hpp>

namespace tessera {

struct ColumnSelection {
  TileOperator walk;  ///< its only output: the elements, in a worker's buffer
  SelectionTask task;
};

/// The operator that makes `node`, a Select by columns, in stage `stage` of the draft.
ColumnSelection build_column_selection(Draft& draft, std::size_t stage, const NodePtr& node);

// What every operator has (operators.hpp).
std::string name_of(const ColumnSelection& op);
std::optional<SpaceBytes> fit(const Plan& plan, ColumnSelection& op, const SpaceBytes& available);
SpaceBytes memory_of(const ColumnSelection& op);
Traffic traffic_of(const Plan& plan, const ColumnSelection& op);
std::string explain(const Plan& plan, const ColumnSelection& op);
std::string explain_memory(const ColumnSelection& op);
template <class Op, class F>
requires std::same_as<std::remove_const_t<Op>, ColumnSelection>
void for_each_program(Op& op, F&& f) { for_each_program(op.walk, f); }

/// Of a worker: keys of the columns that are gathered together, and the results of a tile.
std::int64_t gathered_bytes(const ColumnSelection& op);
std::int64_t result_bytes(const ColumnSelection& op, const Dims& tile);

}  // namespace tessera
