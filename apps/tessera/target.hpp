#pragma once
// What is written, as a Sink: the target's dataset, its chunks on disk.
#include <string>

#include "options.hpp"

namespace tessera::command {

/// The target as written; with the result's name where a file that can hold many datasets is named alone.
std::string full_target(const std::string& name, const std::string& where);

/// name: of the result.
/// throws UsageError when the options don't fit the array or the format.
Sink target_sink(const TargetOptions& options, const std::string& name, const std::string& where, const Array& x);

}  // namespace tessera::command
