#pragma once
// npy files: one dense array behind a short header.
#include <tessera/io/format.hpp>

namespace tessera::io {

const Format& npy_format();

}  // namespace tessera::io
