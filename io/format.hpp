#pragma once
// Which format a file has, told by its first bytes, or is to get, told by its ending.
#include <memory>
#include <optional>
#include <string>

#include <tessera/io/description.hpp>

namespace tessera::io {

/// throws UsageError naming the format when it is one that is not read; IoError when the file is empty.
Format format_of(const PositionedFile& file);
/// "an HDF5 file" when the file begins as one of a format that is read; nothing otherwise.
std::optional<std::string> known_format(const PositionedFile& file);

/// "out.NC" -> ".nc".
std::string suffix_of(const std::string& path);
/// Of a file that is made: npy, raw, or else HDF5.
Format format_to_write(const std::string& path);

}  // namespace tessera::io
