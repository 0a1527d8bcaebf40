#pragma once
#include <tessera/distributed/plan/plan.hpp>

namespace tessera {

/// Sizes the tiles of all stages for the budget of the plan, and adds up its peak.
/// throws MemoryBudgetError, which names the smallest budget that would do.
void charge_memory(Plan& plan);

}  // namespace tessera
