#pragma once
// What to do about a host from which nothing is heard any more.

namespace tessera::command {

/// For how many seconds to wait for somebody else to end the job. Inside a SLURM job: until SLURM has noticed for
/// itself (SlurmdTimeout and a minute), because a job that it ends is requeued, and one that gives up before has
/// failed. Else 0. Runs `scontrol`, for at most 5 s.
double patience_with_lost_host();

}  // namespace tessera::command
