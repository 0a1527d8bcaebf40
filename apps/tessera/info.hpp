#pragma once
// tessera info: what is known of a dataset without reading its elements; of a file: its datasets. One process alone
// does it.
#include "options.hpp"

namespace tessera::command {

/// returns: the exit code. Of several sources, those that can't be opened are told on stderr; the first of them gives
/// the code. throws IoError, UsageError: a wrong option, or the only source can't be opened. ranks: of this job.
int run_info(const InfoOptions& options, int ranks);

}  // namespace tessera::command
