#pragma once
// Dtypes as NumPy writes them.
#include <string>

#include <tessera/io/elements.hpp>

namespace tessera::io {

/// The elements that the `descr` of a header stands for, of what numpy.dtype takes for numbers: "<f8", ">i2", "|b1",
/// "<f2", also "d", "int32". throws UsageError naming `name` for what is not read, IoError for what is no dtype.
Encoding parse_descr(const std::string& name, const std::string& descr);

}  // namespace tessera::io
