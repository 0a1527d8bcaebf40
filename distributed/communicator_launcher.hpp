#pragma once
// What the environment says about who started this process. Pure functions of a lookup, so that tests need no launcher.
#include <functional>
#include <tessera/core/export.hpp>

namespace tessera {

using EnvironmentLookup = std::function<const char*(const char* name)>;  ///< null when there is no such variable

struct Launcher {
  bool present = false;     ///< MPI will find its peers (mpirun, PMIx, PMI)
  bool trusted = false;     ///< started by Open MPI's own mpirun
  int processes = 0;        ///< how many processes the launcher says it started; 0 when it does not say
  int local_processes = 0;  ///< those on this machine; 0 when unknown
  int rank = 0;             ///< of this process; 0 when the launcher does not say
  bool operator==(const Launcher&) const = default;
};

TESSERA_API Launcher detect_launcher(const EnvironmentLookup& lookup);

/// throws UsageError when the launcher started several processes that each believe to be alone: they would all do the
/// whole work and write the same files.
TESSERA_API void refuse_split_world(const Launcher& launcher, int world_size, bool with_mpi);

}  // namespace tessera
