#pragma once
// Whether the session's device computes a tile operator, or the host: the device computes all of it or nothing, and
// what it can't (a user's fold, some generators) is the host's.
#include <tessera/distributed/plan/plan.hpp>

namespace tessera {

/// Elements of a traversal, in bytes as if they were float64, from which on a device is given it: TESSERA_DEVICE_LEAST, else a share of what its
/// tiles should take. The same on all ranks of a session. throws UsageError for what is no size.
std::int64_t least_device_bytes(const Device& device);
/// True when the traversal is so small that giving it to a device would take longer than the work.
bool is_small(const Plan& plan, const TileOperator& op);
/// Once its values and outputs are there, and it is known what is fetched.
void choose_space(const Plan& plan, TileOperator& op);
/// What must be computed there.
void use_space(const Plan& plan, TileOperator& op, Space space);

}  // namespace tessera
