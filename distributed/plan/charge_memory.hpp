#pragma once
#include <optional>

#include <tessera/distributed/plan/plan.hpp>
#include <tessera/distributed/plan/streams.hpp>

namespace tessera {

/// The small arrays of a stage that every rank gets when its operator is done.
StreamTotals replica_streams(const Plan& plan, const Stage& stage);
/// The results that every rank gets when all stages are over.
StreamTotals result_streams(const Plan& plan);

/// What a plan would need beyond its budget.
struct Shortfall {
  Space space;
  std::int64_t
      needed;  ///< bytes per rank in that space; with a larger budget, which takes larger messages, it may be a little more
  std::string stage;  ///< the one that needs them
};

/// Sizes the tiles of all stages for the budget of the plan, and adds up its peak.
std::optional<Shortfall> charge_memory(Plan& plan);

}  // namespace tessera
