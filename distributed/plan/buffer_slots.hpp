#pragma once
// Which values of a tile share a buffer. Values are made in their order; a buffer is free again behind the last value that is
// made of what lies in it, so a hundred steps of a solver, each made of the one before, take two buffers.
//   v0 stored, v1 = f(v0), v2 = g(v1), v3 = h(v2), an output takes v3: buffers 0, 1, 0, 1
#include <span>

#include <tessera/distributed/plan/tile_operator.hpp>

namespace tessera {

/// The values that a value is made of.
std::span<const TileInput> inputs_of(const TileValue& value);
/// By value, the number of the buffer that it has if it takes one; -1: a part of a joined value (parts.hpp). What outputs take
/// keeps its own, and so does what comes to a device from the host: it is sent while other values are made.
std::vector<int> buffer_slots(const TileOperator& op);

}  // namespace tessera
