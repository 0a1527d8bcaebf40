#pragma once
// Scratch files: what does not fit in memory, for as long as this process needs it. They have no names, so they go with
// their descriptors, also when the process is killed.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <tessera/core/export.hpp>

namespace tessera::io {

class PositionedFile;

/// True when files can be made in this folder.
TESSERA_API bool is_writable_folder(const std::string& folder) noexcept;
/// True when files in this folder take memory (tmpfs).
TESSERA_API bool is_in_memory(const std::string& folder) noexcept;
/// What files in this folder may still take, in bytes: what is free, as far as this process may make files so large; 0
/// when nobody knows.
TESSERA_API std::int64_t free_bytes(const std::string& folder) noexcept;

/// Any thread may read and write any part.
class TESSERA_API ScratchFile {
 public:
  /// Makes room for `bytes` bytes on the disk, where the file system can. throws IoError: a full disk shows here.
  ScratchFile(const std::string& folder, std::int64_t bytes);
  /// throw IoError.
  void write(std::int64_t offset, const std::byte* from, std::int64_t bytes) const;
  void read(std::int64_t offset, std::byte* to, std::int64_t bytes) const;
  /// Asks the system to read ahead. Never fails, returns at once.
  void will_need(std::int64_t offset, std::int64_t bytes) const noexcept;

 private:
  std::shared_ptr<const PositionedFile> file_;
};

}  // namespace tessera::io
