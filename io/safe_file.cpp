#include <tessera/io/safe_file.hpp>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include <tessera/core/errors.hpp>

namespace tessera::io {
namespace {

constexpr mode_t for_all = 0666, for_the_owner = 0600;  // before the umask

std::optional<struct stat> status(const std::string& path) {
  struct stat s {};
  if (::stat(path.c_str(), &s) != 0) return std::nullopt;
  return s;
}

std::string folder_of(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

// A link is written through: what it points to is replaced, the link stays.
std::string end_of(const std::string& path) {
  if (path.empty() || path.ends_with('/')) throw UsageError(fmt::format("'{}': not the name of a file to write", path));
  std::string end = followed(path);
  if (end.empty()) throw IoError(fmt::format("{}: a symbolic link that leads nowhere", path));
  return end;
}

void check_folder(const std::string& path, const std::string& folder, const std::optional<struct stat>& old) {
  const auto there = status(folder);
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

void refuse_inputs(const std::string& path, const std::string& replaced, const std::vector<std::string>& inputs) {
  const auto old = status(replaced);
  for (const auto& input : inputs) {
    const auto in = status(input);
    if (old && in && in->st_dev == old->st_dev && in->st_ino == old->st_ino)
      throw UsageError(
          fmt::format("{}: is an input ({}); inputs are never replaced, choose another name", path, input));
  }
}

void check_old(const std::string& path, const std::string& end, Existing existing) {
  const auto old = status(end);
  if (!old) return;
  if (S_ISDIR(old->st_mode)) throw UsageError(fmt::format("{}: is a directory, not a file to write", path));
  if (!S_ISREG(old->st_mode)) throw UsageError(fmt::format("{}: is a device or pipe, not a file to write", path));
  if (existing == Existing::refused) throw UsageError(fmt::format("{}: exists; option 'force' replaces it", path));
}

}  // namespace

SafeFile::SafeFile(const std::string& path, Existing existing, const std::vector<std::string>& inputs)
    : existing_(existing) {
  const std::string end = end_of(path);
  refuse_inputs(path, end, inputs);
  check_old(path, end, existing);
  check_folder(path, folder_of(end), status(end));
  refuse_inputs(path, temporary_path(end), inputs);
  // Nobody else looks into it before it is known who may look into the file that it replaces.
  temporary_.emplace(end, status(end) ? for_the_owner : for_all);
  // Another run may have completed the file before the temporary name was ours.
  check_old(path, end, existing);
  replaced_ = permissions_of(end);
  if (existing == Existing::added_to && replaced_)
    copy_old();
  else
    file_ = temporary_->file();
}

void SafeFile::copy_old() {
  const auto old = PositionedFile::open(name().final_path);
  added_to_ = old->key();
  const auto& made = *temporary_->file();
  made.reserve(old->size());
  made.copy_from(*old, 0, 0, old->size());
  old->verify();
  file_ = made.again();
}

void SafeFile::commit() {
  file_->sync();
  const std::string& path = name().final_path;
  const std::string folder = folder_of(path);  // after the renaming nothing may fail but the disk
  if (const auto now = permissions_of(path)) replaced_ = now;
  if (added_to_) {
    const auto now = status(path) ? PositionedFile::open(path)->key() : FileKey{};
    if (now != *added_to_)
      throw IoError(fmt::format("{}: changed while it was being added to; it is left as it is now", path));
  }
  if (replaced_) keep_permissions(temporary_->descriptor(), path, *replaced_);
  temporary_->rename(existing_ == Existing::replaced || added_to_.has_value());
  sync_folder(folder);
}

}  // namespace tessera::io
