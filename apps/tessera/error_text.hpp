#pragma once
// Messages of the library as the command says them.
#include <string>

namespace tessera::command {

/// The library knows options by their names in C++: "option 'raw_dtype'" becomes "--raw-dtype".
std::string with_option_names(const std::string& message);
/// The same, as it may be shown on a terminal.
std::string error_text(const std::string& message);

}  // namespace tessera::command
