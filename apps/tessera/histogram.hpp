#pragma once
// tessera histogram: how many elements lie in each bin, as a table; NaN, and what lies in no bin, are counted apart.
#include <memory>

#include "options.hpp"

namespace tessera::command {

/// Collective.
void run_histogram(const HistogramOptions& options, std::unique_ptr<Communicator> ranks);

}  // namespace tessera::command
