#pragma once
// Whether the session's device computes a tile operator, or the host: the device computes all of it or nothing, and
// what it can't (a user's fold, some generators) is the host's.
#include <tessera/distributed/plan/plan.hpp>

namespace tessera {

/// True when the traversal's elements, as if they were float64, are fewer bytes than PlanLimits::device_least: giving it to a device would
/// take longer than the work.
bool is_small(const Plan& plan, const TileOperator& op);
/// True when the elements of files leave it as they come, but for casts. Where they go to files, to a device and back would be for nothing, and
/// the host walks in blocks that decode each compressed chunk once and write whole rows (blocks.hpp).
bool is_copy(const TileOperator& op);
/// Once its values and outputs are there, and it is known what is fetched.
void choose_space(const Plan& plan, TileOperator& op);
/// True when a tile of a device gets the value from the host's memory: from a file, or an array that lies there.
bool comes_from_host(const TileOperator& op, const TileValue& value);
/// Where arrays lie that tiles of this space make.
Space space_of_arrays(const PlanLimits& limits, Space space);
/// True when tiles make the elements of an output where they stay: in an array of the operator's space.
bool is_made_in_array(const TileOperator& op, const StageOutput& output);
/// True when the elements or states of an output of a device's tile go there.
bool goes_to_host(const TileOperator& op, const StageOutput& output);
/// True when there are such values among the parts of joined ones.
bool sends_parts(const TileOperator& op);
/// What must be computed there.
void use_space(const Plan& plan, TileOperator& op, Space space);

}  // namespace tessera
