#pragma once
// What an evaluation took: bytes, seconds, memory.
#include <nlohmann/json_fwd.hpp>
#include <string>

#include <tessera/tessera.hpp>

namespace tessera::command {

/// "read 2.00 GiB, wrote 8.00 MiB in 0.63 s (3.19 GiB/s); peak 214 MiB of 256 MiB per rank; 2 ranks with 1 thread
/// each".
std::string figures_line(const Session& session);
/// The same and more, in bytes and seconds.
nlohmann::ordered_json figures_json(const Session& session);

}  // namespace tessera::command
