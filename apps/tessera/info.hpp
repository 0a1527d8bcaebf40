#pragma once
// tessera info: what is known of a dataset without reading its elements; of a file: its datasets. One process alone
// does it.
#include "options.hpp"

namespace tessera::command {

/// throws IoError, UsageError.
void run_info(const InfoOptions& options);

}  // namespace tessera::command
