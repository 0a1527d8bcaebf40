#pragma once
// SIGINT, SIGTERM and SIGHUP: the first one asks the evaluation to stop, which it does together on all ranks; if that
// takes longer than mpirun's patience, the process removes its temporary files and ends by itself. Nothing appears
// under a final name.
#include <string>
#include <vector>

namespace tessera::command {

/// From now on. temporary_files: what to remove when there is no time for a clean stop.
void handle_interrupts(const std::vector<std::string>& temporary_files);
/// The signal that came; 0 when none did.
int interrupted_by();
/// 128 + the signal, as shells report it.
int interrupt_exit_code();
/// Removes the temporary files at once; for a stop in which no other clean-up will run.
void remove_temporary_files() noexcept;

}  // namespace tessera::command
