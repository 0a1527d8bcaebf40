#pragma once
// SIGINT, SIGTERM and SIGHUP: the first one removes this process's temporary files and asks the evaluation to stop,
// which it does together on all ranks; if that takes longer than mpirun's patience, the process ends by itself. Nothing
// appears under a final name any more.

namespace tessera::command {

/// From now on.
void handle_interrupts();
/// The signal that came; 0 when none did.
int interrupted_by();
/// 128 + the signal, as shells report it.
int interrupt_exit_code();

}  // namespace tessera::command
