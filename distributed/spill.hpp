#pragma once
// Arrays that must be whole before others read them, and have no room in memory, go into scratch files first:
//
//   take_along_axis(x, argsort(x, axis=1), axis=1)   in 64 MiB of 512
//     1  argsort(x) -> a scratch file                in tiles, as any array that is written
//     2  gather of x, the indices from that file
//
// All ranks read and write one file, so they must be of one node.
#include <memory>
#include <span>
#include <vector>

#include <tessera/distributed/plan/plan.hpp>
#include <tessera/distributed/session.hpp>
#include <tessera/io/scratch_array.hpp>

namespace tessera {

struct Spill {
  NodePtr node;  ///< of the user's graph
  std::shared_ptr<io::ScratchArray> file;
  Array array;  ///< that reads it
};

/// What has to go into scratch files, in this order, so that `sinks` can be evaluated within `limits`, which they can't
/// without; each over those before it. No file is made yet. Empty when nothing helps. Pure.
std::vector<Spill> spills_for(std::span<const Sink> sinks, const PlanLimits& limits);
/// The sink that makes its file, over those before it.
std::vector<Sink> filling_sink(std::span<const Spill> before, const Spill& spill);
/// The sinks over all of them.
std::vector<Sink> over(std::span<const Sink> sinks, std::span<const Spill> spills);
/// As people read them: each with the plan that makes it, then the plan of the sinks. Pure.
std::string explain_spills(std::span<const Sink> sinks, std::span<const Spill> spills, const PlanLimits& limits);

}  // namespace tessera
