#pragma once
// Which Tessera this is: the headers' (macros) and the library's (function), which a program may meet in two versions.
#include <tessera/config.hpp>
#include <tessera/core/export.hpp>

namespace tessera {

/// The version of the library that runs, "1.2.3"; TESSERA_VERSION is that of the headers. Releases of one minor version
/// fit each other (and share the library's SONAME).
TESSERA_API const char* version() noexcept;

}  // namespace tessera
