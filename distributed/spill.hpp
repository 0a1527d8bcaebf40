#pragma once
// Arrays that must be whole before others read them, and have no room in memory, go into scratch files first:
//
//   take_along_axis(x, argsort(x, axis=1), axis=1)   in 64 MiB of 512
//     1  argsort(x) -> a scratch file                in tiles, as any array that is written
//     2  gather of x, the indices from that file
//
// All ranks read and write one file, so they must be of one node.
#include <memory>
#include <optional>
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

/// How sinks that have no room are evaluated.
struct WithinBudget {
  std::vector<Sink> sinks;    ///< the same results, maybe made otherwise
  std::vector<Spill> spills;  ///< what goes into scratch files first, in this order, each over those before it
};

/// A way to evaluate `sinks` within `limits`, which they can't be as they are: through scratch files, and where that is not
/// enough, with searches by sorting (core/ops/search_by_sorting.hpp) instead of a copy of the sorted array on each rank.
/// may_spill: the ranks can share scratch files. No file is made yet. Nothing when nothing helps. Pure.
std::optional<WithinBudget> within_budget(std::span<const Sink> sinks, const PlanLimits& limits, bool may_spill);
/// The sink that makes its file, over those before it.
std::vector<Sink> filling_sink(std::span<const Spill> before, const Spill& spill);
/// The sinks over all of them.
std::vector<Sink> over(std::span<const Sink> sinks, std::span<const Spill> spills);
/// As people read it: each spill with the plan that makes it, then the plan of the sinks. Pure.
std::string explain(const WithinBudget& way, const PlanLimits& limits);

}  // namespace tessera
