#pragma once
// The redistribution: an array in memory becomes one in other chunks, of other owners. Each rank copies what it keeps,
// and exchanges the rest with those that have it (regrid.hpp), a window of peers at a time (exchange/windows.hpp).
#include <concepts>
#include <optional>
#include <string>

#include <tessera/distributed/exchange/windows.hpp>
#include <tessera/distributed/plan/space_bytes.hpp>
#include <tessera/distributed/plan/tile_value.hpp>
#include <tessera/distributed/regrid.hpp>

namespace tessera {

struct Plan;
struct Traffic;
class Draft;

struct Redistribution {
  HeldArray from;
  Regrid regrid;
  DType dtype = DType::float64;
  int array = 0;  ///< of the plan, which it makes
  Windows windows{1, 1, 0};
  std::int64_t messages = 0;  ///< bytes per rank, of those under way
};

/// The operator that makes a Redistribute, in stage `stage` of the draft.
Redistribution build_redistribution(Draft& draft, std::size_t stage, const Node& node);

// What every operator has (operators.hpp).
std::string name_of(const Redistribution& op);
std::optional<SpaceBytes> fit(const Plan& plan, Redistribution& op, const SpaceBytes& available);
SpaceBytes memory_of(const Redistribution& op);
Traffic traffic_of(const Plan& plan, const Redistribution& op);
std::string explain(const Plan& plan, const Redistribution& op);
std::string explain_memory(const Redistribution& op);
template <class Op, class F>
requires std::same_as<std::remove_const_t<Op>, Redistribution>
void for_each_program(Op&, F&&) {}

}  // namespace tessera
