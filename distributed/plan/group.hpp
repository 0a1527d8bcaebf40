#pragma once
// Groups: a walk over tiles whose only output is a Fold with a state for each group (stage_output.hpp), and before it the
// edges of bins, where groups are told by these: every rank gets all of them. Where the states of all groups have no room,
// there are several walks, each for a band of groups: bits are the same, because leaves are cut for all of them.
#include <tessera/distributed/plan/tile_operator.hpp>

namespace tessera {

struct GroupOperator {
  TileOperator walk;  ///< inputs of the output: values, where there are some; labels or coordinates
  Grouping grouping;
  std::vector<DType> inputs;     ///< dtypes of these
  std::vector<HeldArray> edges;  ///< of each axis of bins
  std::int64_t bands = 1;        ///< walks
  std::int64_t messages = 0;     ///< bytes per rank, of those under way before the walk
};

class Draft;
/// The operator that makes `node`, a Group, in stage `stage` of the draft.
GroupOperator build_group(Draft& draft, std::size_t stage, const NodePtr& node);

// What every operator has (operators.hpp).
std::string name_of(const GroupOperator& op);
std::optional<SpaceBytes> fit(const Plan& plan, GroupOperator& op, const SpaceBytes& available);
SpaceBytes memory_of(const GroupOperator& op);
Traffic traffic_of(const Plan& plan, const GroupOperator& op);
std::string explain(const Plan& plan, const GroupOperator& op);
std::string explain_memory(const GroupOperator& op);
template <class Op, class F>
requires std::same_as<std::remove_const_t<Op>, GroupOperator>
void for_each_program(Op& op, F&& f) { for_each_program(op.walk, f); }

/// The walk for one of the bands.
TileOperator walk_of_band(const GroupOperator& op, std::int64_t band);
/// Of the copies of all edges, one after another.
std::int64_t edge_bytes(const GroupOperator& op);

}  // namespace tessera
