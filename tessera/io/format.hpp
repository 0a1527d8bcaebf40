#pragma once
// Which format a file has, told by its first bytes.
#include <memory>

#include <tessera/io/description.hpp>

namespace tessera::io {

/// throws UsageError naming the format when it is one that is not read; IoError when the file is empty.
Format format_of(const PositionedFile& file);

}  // namespace tessera::io
