#pragma once
// Numbers of bytes as people write and read them.
#include <cstdint>
#include <string>
#include <string_view>

#include <tessera/core/export.hpp>

namespace tessera {

/// "512M", "512MiB", "512m" (all 2^20 bytes), "1.5G", "2GB", "4096", "50%" (of `whole`, in bytes) -> bytes.
/// throws UsageError naming `option` and the text; also for "%" when `whole` is 0, for over 100%, for nothing.
TESSERA_API std::int64_t parse_size(std::string_view text, std::string_view option, std::int64_t whole = 0);
/// "512 MiB", "1.50 GiB", "17 B".
TESSERA_API std::string format_size(std::int64_t bytes);

}  // namespace tessera
