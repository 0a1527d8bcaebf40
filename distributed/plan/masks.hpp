#pragma once
// Masks: a walk over the chunks of the domain (core/graph/mask_nodes.hpp), each by one worker, tile by tile in row-major
// order. Either the elements of each chunk that are true are counted; or, where counts are known, what the mask selects goes
// behind what was selected before: a chunk of the result comes from one chunk of the domain, so nothing goes between ranks.
#include <tessera/distributed/plan/tile_operator.hpp>

namespace tessera {

struct MaskOperator {
  TileOperator walk;  ///< its only output has the mask as input, and the values; no Program
  int mask_axes = 0;
  std::shared_ptr<const std::vector<std::int64_t>>
      starts;  ///< of chunks of the domain, in the result; null: they are counted
};

class Draft;
/// The operator that makes `node`, a MaskCount or a Compress, in stage `stage` of the draft.
MaskOperator build_masks(Draft& draft, std::size_t stage, const NodePtr& node);

// What every operator has (operators.hpp).
std::string name_of(const MaskOperator& op);
std::optional<SpaceBytes> fit(const Plan& plan, MaskOperator& op, const SpaceBytes& available);
SpaceBytes memory_of(const MaskOperator& op);
Traffic traffic_of(const Plan& plan, const MaskOperator& op);
std::string explain(const Plan& plan, const MaskOperator& op);
std::string explain_memory(const MaskOperator& op);
template <class Op, class F>
requires std::same_as<std::remove_const_t<Op>, MaskOperator>
void for_each_program(Op& op, F&& f) {
  for (auto& v : op.walk.values)
    if (auto* computed = std::get_if<ComputedValue>(&v.how)) f(computed->program, op.walk.space);
}

/// Bytes of what a worker has selected and not put away: all of a tile, and one row more.
std::int64_t selected_bytes(const MaskOperator& op, const Dims& tile);

}  // namespace tessera
