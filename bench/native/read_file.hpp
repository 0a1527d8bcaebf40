#pragma once
// Reading a file and nothing else: the limit for work on files.
#include <cstdint>
#include <string>

namespace bench {

/// Reads all of `file` by `pread` of 1 MiB into one buffer per thread, on all threads of OpenMP. returns: bytes read;
/// -1 on an error.
std::int64_t read_file(const std::string& file);

}  // namespace bench
