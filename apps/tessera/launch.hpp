#pragma once
// Coming up on many ranks: who prints, and that all of them mean the same.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tessera/tessera.hpp>

namespace tessera::command {

/// The rank that the launcher gave this process, from the environment alone: before there is a communicator. 0 without
/// a launcher.
int launched_rank();
/// Runs `work`, which throws nothing but tessera::Error, on this rank, then agrees: when it failed on some rank, all
/// throw. A rank that failed throws its own error, so that rank 0 shows it without "rank 0:" where all ranks fail
/// alike. Collective.
void together(Communicator& ranks, const std::function<void()>& work);
/// throws MismatchError on all ranks when some were started with other arguments than rank 0. Collective.
void agree_on_arguments(Communicator& ranks, const std::vector<std::string>& arguments);
/// The whole file, read by rank 0. Collective. throws IoError.
std::string read_text(Communicator& ranks, const std::string& file);

}  // namespace tessera::command
