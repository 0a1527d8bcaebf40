#pragma once
// Calls of a user's function of chunks: a walk over tiles that are whole along the axes along which the function sees
// chunks whole. What a call makes lies in a grid of its own, whose chunks have the owners of those that they are made of.
#include <tessera/distributed/plan/tile_operator.hpp>

namespace tessera {

struct ChunkCalls {
  TileOperator walk;  ///< of the domain; its only output is what the calls make
};

class Draft;
/// The operator that makes `node`, a ChunkCall, in stage `stage` of the draft.
ChunkCalls build_chunk_call(Draft& draft, std::size_t stage, const NodePtr& node);

// What every operator has (operators.hpp).
std::string name_of(const ChunkCalls& op);
std::optional<SpaceBytes> fit(const Plan& plan, ChunkCalls& op, const SpaceBytes& available);
SpaceBytes memory_of(const ChunkCalls& op);
Traffic traffic_of(const Plan& plan, const ChunkCalls& op);
std::string explain(const Plan& plan, const ChunkCalls& op);
std::string explain_memory(const ChunkCalls& op);
template <class Op, class F>
requires std::same_as<std::remove_const_t<Op>, ChunkCalls>
void for_each_program(Op& op, F&& f) { for_each_program(op.walk, f); }

/// The owners of the chunks that calls make: those of the chunks of the domain.
TESSERA_API Distribution owners_of_made(const ChunkCall& call, const Distribution& owners);

}  // namespace tessera
