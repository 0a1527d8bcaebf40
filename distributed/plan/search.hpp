#pragma once
// The search in a sorted array: every rank gets all of it, then walks the tiles of what is looked for.
#include <tessera/distributed/plan/tile_operator.hpp>

namespace tessera {

struct Search {
  TileOperator walk;  ///< its only output: what is looked for, and where the places go
  HeldArray sorted;
  DType element = DType::float64;
  std::int64_t size = 0;  ///< of the sorted array
  bool right = false;
  std::int64_t messages = 0;  ///< bytes per rank, of those under way before the walk
};

class Draft;
/// The operator that makes `node`, a Search, in stage `stage` of the draft.
Search build_search(Draft& draft, std::size_t stage, const NodePtr& node);

// What every operator has (operators.hpp).
std::string name_of(const Search& op);
std::optional<SpaceBytes> fit(const Plan& plan, Search& op, const SpaceBytes& available);
SpaceBytes memory_of(const Search& op);
Traffic traffic_of(const Plan& plan, const Search& op);
std::string explain(const Plan& plan, const Search& op);
std::string explain_memory(const Search& op);
template <class Op, class F>
requires std::same_as<std::remove_const_t<Op>, Search>
void for_each_program(Op& op, F&& f) { for_each_program(op.walk, f); }

/// Of the copy of the sorted array.
std::int64_t sorted_bytes(const Search& op);

}  // namespace tessera
