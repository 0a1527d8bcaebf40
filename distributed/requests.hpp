#pragma once
// What sinks ask of a plan.
#include <span>
#include <vector>

#include <tessera/distributed/plan/plan.hpp>
#include <tessera/distributed/session.hpp>

namespace tessera {

struct Requests {
  std::vector<PlanRequest> requests;  ///< one a sink
  std::vector<NodePtr> roots;         ///< their nodes
  bool writes = false;
  std::vector<DatasetSpec> datasets{};  ///< of the writing sinks
};
/// Pure. A compressed dataset can only be written in whole chunks: what goes there is walked in the chunks of the file,
/// by a Map of its own where the array has others (a Reduce then keeps its result in memory for it).
/// throws ShapeError, UsageError.
Requests requests_of(std::span<const Sink> sinks);
/// The same with what is known of the datasets of the writing sinks (growing_datasets.hpp).
Requests requests_of(std::span<const Sink> sinks, std::vector<DatasetSpec> datasets);

}  // namespace tessera
