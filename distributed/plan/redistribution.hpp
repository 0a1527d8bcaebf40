#pragma once
// The redistribution: an array in memory becomes one in other chunks, of other owners. Each rank copies what it keeps,
// and exchanges the rest with those that have it (regrid.hpp), a window of peers at a time (exchange/windows.hpp).
#include <concepts>
#include <optional>
#include <string>

#include <tessera/core/graph/reshape_node.hpp>
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
  Regrid regrid;  ///< of the arrays, or of these with some axes seen as one (flattened.hpp)
  DType dtype = DType::float64;
  Shape before, shape;  ///< of what is seen of the source, and of the array that it makes
  int array = 0;        ///< of the plan, which it makes
  Windows windows{1, 1, 0};
  std::int64_t messages = 0;    ///< bytes per rank, of those under way
  Space carried = Space::host;  ///< where these lie: a device's go over the devices' link
};

/// The operator that makes a Redistribute, in stage `stage` of the draft.
Redistribution build_redistribution(Draft& draft, std::size_t stage, const Node& node);
/// The one that makes a Reshape: of its groups of axes (core/axis_groups.hpp), each seen as one axis, in which the shape
/// before and the new one are the same. The input's chunks are runs, and lie in the order of its axes.
Redistribution build_reshape(Draft& draft, std::size_t stage, const ReshapeNode& node);

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
