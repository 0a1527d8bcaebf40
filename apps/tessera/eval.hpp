#pragma once
// tessera eval: statements to results, in one plan.
#include <memory>

#include "options.hpp"

namespace tessera::command {

/// Prints the results. Collective. throws the library's errors, agreed by all ranks.
void run_eval(const EvalOptions& options, std::unique_ptr<Communicator> ranks);

}  // namespace tessera::command
