#pragma once
// SIGINT, SIGTERM and SIGHUP: the first one removes this process's temporary files and asks the evaluation to stop,
// which it does together on all ranks; if that takes longer than mpirun's patience, the process ends by itself. Nothing
// appears under a final name any more.

namespace tessera::command {

/// From now on.
void handle_interrupts();
/// The process is about to end with this exit code, which a signal does not change any more, unless it takes too long:
/// srun ends the other tasks as soon as one has left with an error, and reports the largest code of all.
void leave_with(int exit_code);
/// The signal that came; 0 when none did.
int interrupted_by();
/// 128 + the signal, as shells report it.
int interrupt_exit_code();

}  // namespace tessera::command
