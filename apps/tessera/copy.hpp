#pragma once
// tessera copy: one array into a new file; a part of it, cast, with other axes or chunks.
#include <memory>

#include "options.hpp"

namespace tessera::command {

/// Collective.
void run_copy(const CopyOptions& options, std::unique_ptr<Communicator> ranks);

}  // namespace tessera::command
