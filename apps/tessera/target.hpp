#pragma once
// What is written, as a Sink: the target's dataset, its chunks on disk.
#include <string>

#include "options.hpp"

namespace tessera::command {

/// name: of the result; a file that can hold many datasets gets one under this name when `where` has none.
/// throws UsageError when the options don't fit the array or the format.
Sink target_sink(const TargetOptions& options, const std::string& name, const std::string& where, const Array& x);

}  // namespace tessera::command
