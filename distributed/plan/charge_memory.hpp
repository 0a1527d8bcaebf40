#pragma once
#include <optional>

#include <tessera/distributed/plan/plan.hpp>

namespace tessera {

/// What a plan would need beyond its budget.
struct Shortfall {
  std::int64_t needed;  ///< bytes per rank; with a larger budget, which takes larger messages, it may be a little more
  std::string stage;    ///< the one that needs them
};

/// Sizes the tiles of all stages for the budget of the plan, and adds up its peak.
std::optional<Shortfall> charge_memory(Plan& plan);

}  // namespace tessera
