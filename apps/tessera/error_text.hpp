#pragma once
// Messages of the library as the command says them.
#include <string>

#include <tessera/tessera.hpp>

namespace tessera::command {

/// The library knows options by their names in C++: "option 'raw_dtype'" becomes "--raw-dtype".
std::string with_option_names(const std::string& message);
/// The same, as it may be shown on a terminal.
std::string error_text(const std::string& message);
/// What goes before an error of rank 0 alone: a file system is one machine's, and the user may sit at another. "rank 0
/// on HOST: " in a job of several ranks, "HOST: " in one of SLURM's; nothing where the error has it, or elsewhere.
std::string place_of(const Error& error, int ranks);

}  // namespace tessera::command
