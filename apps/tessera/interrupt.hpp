#pragma once
// SIGINT, SIGTERM and SIGHUP: the first one asks the evaluation to stop, which it does together on all ranks; if that
// takes longer than mpirun's patience, the process removes its temporary files and ends by itself. Nothing appears
// under a final name.

namespace tessera::command {

/// From now on.
void handle_interrupts();
/// The signal that came; 0 when none did.
int interrupted_by();
/// 128 + the signal, as shells report it.
int interrupt_exit_code();

}  // namespace tessera::command
