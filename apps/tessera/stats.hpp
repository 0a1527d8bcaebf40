#pragma once
// tessera stats: what there is to know of an array's values, in one pass, and quantiles in few more. NaN counts apart from all the others; min,
// max, mean, std and sum are over what is left. Sums of integers are exact in 64 bits; sums of floats add in float64.
#include <memory>

#include "options.hpp"

namespace tessera::command {

/// Collective.
void run_stats(const StatsOptions& options, std::unique_ptr<Communicator> ranks);

}  // namespace tessera::command
