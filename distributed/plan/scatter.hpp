#pragma once
// Scatter: an array with some elements replaced. First it is copied, tile by tile (`copy`), into the array that the operator
// makes. Then values and indices are walked in row-major order, in blocks of tiles, whose requests (plan/gather.hpp) go to
// the owners with the values. Ranks have runs of that order, one after the other: of two values for one element an owner
// keeps that of the later rank, and of one rank the later value. So the bits do not depend on ranks.
#include <tessera/distributed/plan/gather.hpp>

namespace tessera {

struct ScatterOperator {
  TileOperator copy;
  GatherOperator assign;  ///< its walk has the index arrays as inputs, then the values; what it asks for is replaced
};

class Draft;
/// The operator that makes `node`, a Scatter, in stage `stage` of the draft.
ScatterOperator build_scatter(Draft& draft, std::size_t stage, const NodePtr& node);

// What every operator has (operators.hpp). What it moves depends on indices: traffic_of says what it is at most.
std::string name_of(const ScatterOperator& op);
std::optional<SpaceBytes> fit(const Plan& plan, ScatterOperator& op, const SpaceBytes& available);
SpaceBytes memory_of(const ScatterOperator& op);
Traffic traffic_of(const Plan& plan, const ScatterOperator& op);
std::string explain(const Plan& plan, const ScatterOperator& op);
std::string explain_memory(const ScatterOperator& op);
template <class Op, class F>
requires std::same_as<std::remove_const_t<Op>, ScatterOperator>
void for_each_program(Op& op, F&& f) {
  for_each_program(op.copy, f);
  for_each_program(op.assign, f);
}

/// Bytes by which an owner remembers whose value each of its elements has.
std::int64_t writer_bytes(const ScatterOperator& op);

}  // namespace tessera
