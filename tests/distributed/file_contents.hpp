#pragma once

#include <filesystem>
#include <fstream>
#include <string>

namespace tessera::testing {

/// The bytes of a file; none when it is not there.
inline std::string contents_of(const std::filesystem::path& path) {
  std::error_code none;
  const auto size = std::filesystem::file_size(path, none);
  std::string bytes(none ? 0 : size, '\0');
  std::ifstream(path, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

}  // namespace tessera::testing
