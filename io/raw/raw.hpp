#pragma once
// Raw files: the elements of one row-major array and nothing that says so. Whoever reads one tells its dtype, shape and
// where it begins; the size of the file must agree.
#include <tessera/io/format.hpp>

namespace tessera::io {

const Format& raw_format();

}  // namespace tessera::io
