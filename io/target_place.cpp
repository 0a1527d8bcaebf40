#include <tessera/io/target_place.hpp>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include <tessera/core/errors.hpp>
#include <tessera/io/descriptor.hpp>
#include <tessera/io/temporary_file.hpp>

namespace tessera::io {

std::optional<struct stat> status_of(const std::string& path) {
  struct stat s {};
  if (::stat(path.c_str(), &s) != 0) return std::nullopt;
  return s;
}

std::string folder_of(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

std::string end_of(const std::string& path) {
  if (path.empty() || path.ends_with('/')) throw UsageError(fmt::format("'{}': not the name of a file to write", path));
  std::string end = followed(path);
  if (end.empty()) throw IoError(fmt::format("{}: a symbolic link that leads nowhere", path));
  return end;
}

void check_folder(const std::string& path, const std::string& end) {
  const std::string folder = folder_of(end);
  const auto old = status_of(end), there = status_of(folder);
  if (!there) {
    const int error = errno;
    throw IoError(fmt::format("{}: can't be written: folder {}: {}", path, folder,
                              error == ENOENT ? "no such folder" : system_message(error)));
  }
  if (!S_ISDIR(there->st_mode)) throw IoError(fmt::format("{}: can't be written: {} is not a folder", path, folder));
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    const int error = errno;
    throw IoError(fmt::format("{}: can't be written: folder {}: {}", path, folder, system_message(error)));
  }
  const auto me = ::geteuid();
  if (old && (there->st_mode & S_ISVTX) != 0 && me != 0 && me != there->st_uid && me != old->st_uid)
    throw IoError(
        fmt::format("{}: belongs to somebody else, and in the folder {} only its owner may replace it", path, folder));
}

void refuse_inputs(const std::string& path, const std::string& end, const std::vector<std::string>& inputs) {
  const auto old = status_of(end);
  for (const auto& input : inputs) {
    const auto in = status_of(input);
    if (old && in && in->st_dev == old->st_dev && in->st_ino == old->st_ino)
      throw UsageError(
          fmt::format("{}: is an input ({}); inputs are never replaced, choose another name", path, input));
  }
}

}  // namespace tessera::io
