#include <tessera/io/scratch_file.hpp>

#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

#include <tessera/io/positioned_file.hpp>

namespace tessera::io {

bool is_writable_folder(const std::string& folder) noexcept {
  struct stat found {};
  return ::stat(folder.c_str(), &found) == 0 && S_ISDIR(found.st_mode) && ::access(folder.c_str(), W_OK | X_OK) == 0;
}

bool is_in_memory(const std::string& folder) noexcept {
  struct statfs found {};
  return ::statfs(folder.c_str(), &found) == 0 && (found.f_type == TMPFS_MAGIC || found.f_type == RAMFS_MAGIC);
}

std::int64_t free_bytes(const std::string& folder) noexcept {
  constexpr auto most = static_cast<unsigned __int128>(std::numeric_limits<std::int64_t>::max());
  struct statvfs found {};
  if (::statvfs(folder.c_str(), &found) != 0) return 0;
  auto bytes = std::min(static_cast<unsigned __int128>(found.f_bavail) * found.f_frsize, most);
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    bytes = std::min<unsigned __int128>(bytes, limit.rlim_cur);
  return static_cast<std::int64_t>(bytes);
}

ScratchFile::ScratchFile(const std::string& folder, std::int64_t bytes)
    : file_(PositionedFile::create_nameless(folder + "/tessera-scratch", "scratch file in " + folder)) {
  file_->reserve(bytes);
}

void ScratchFile::write(std::int64_t offset, const std::byte* from, std::int64_t bytes) const {
  file_->write(offset, from, bytes);
}
void ScratchFile::read(std::int64_t offset, std::byte* to, std::int64_t bytes) const { file_->read(offset, to, bytes); }
void ScratchFile::will_need(std::int64_t offset, std::int64_t bytes) const noexcept { file_->will_need(offset, bytes); }

}  // namespace tessera::io
