#include <tessera/io/safe_file.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>

namespace tessera::io {
namespace {

namespace fs = std::filesystem;

std::optional<struct stat> status(const std::string& path) {
  struct stat s {};
  if (::stat(path.c_str(), &s) != 0) return std::nullopt;
  return s;
}

std::string folder_of(const std::string& path) {
  const auto parent = fs::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

// What a link leads to, also where that is not there yet. Empty: a circle.
fs::path followed(fs::path path) {
  std::error_code ignored;
  for (int links = 0; fs::is_symlink(path, ignored); links++) {
    const fs::path target = fs::read_symlink(path, ignored);
    if (target.empty() || links == 40) return {};
    path = path.parent_path() / target;  // target alone when it is absolute
  }
  return fs::weakly_canonical(path, ignored);
}

UsageError already_there(const std::string& path) {
  return UsageError(fmt::format("{}: exists; --force replaces it", path));
}

}  // namespace

std::string temporary_path(const std::string& path) {
  std::error_code ignored;
  fs::path final_path = path;
  if (fs::is_symlink(path, ignored)) final_path = followed(path);
  return (fs::path(folder_of(final_path.string())) / ("." + final_path.filename().string() + ".tessera-part")).string();
}

SafeFile prepare_to_append(const std::string& path, const std::vector<std::string>& inputs) {
  if (!status(path)) return prepare_safe_file(path, false, inputs);
  SafeFile f = prepare_safe_file(path, true, inputs);
  f.replaces = PositionedFile::open(path)->key();
  return f;
}

std::shared_ptr<const PositionedFile> begin_appended(SafeFile& file) {
  const auto old = PositionedFile::open(file.final_path);
  auto made = PositionedFile::create(file.temporary_path, file.final_path);
  file.inode = made->key().inode;
  std::error_code ignored;
  fs::permissions(file.temporary_path, fs::status(file.final_path, ignored).permissions(), ignored);
  made->reserve(old->size());
  made->copy_from(*old, 0, 0, old->size());
  return made->again();
}

SafeFile prepare_safe_file(const std::string& path, bool force, const std::vector<std::string>& inputs) {
  if (path.empty() || path.ends_with('/')) throw UsageError(fmt::format("'{}': not the name of a file to write", path));
  SafeFile f;
  f.force = force;
  // A link is written through: what it points to is replaced, the link stays.
  std::error_code ignored;
  f.final_path = path;
  if (fs::is_symlink(path, ignored)) {
    const fs::path target = followed(path);
    if (target.empty()) throw IoError(fmt::format("{}: a symbolic link that leads nowhere", path));
    f.final_path = target.string();
  }
  const std::string folder = folder_of(f.final_path);
  const auto there = status(folder);
  if (!there) {
    const int error = errno;
    throw IoError(fmt::format("{}: can't be written: folder {}: {}", path, folder,
                              error == ENOENT ? "no such folder" : system_message(error)));
  }
  if (!S_ISDIR(there->st_mode)) throw IoError(fmt::format("{}: can't be written: {} is not a folder", path, folder));
  if (const auto old = status(f.final_path)) {
    if (S_ISDIR(old->st_mode)) throw UsageError(fmt::format("{}: is a directory, not a file to write", path));
    if (!S_ISREG(old->st_mode)) throw UsageError(fmt::format("{}: is a device or pipe, not a file to write", path));
    for (const auto& input : inputs) {
      const auto in = status(input);
      if (in && in->st_dev == old->st_dev && in->st_ino == old->st_ino)
        throw UsageError(
            fmt::format("{}: is an input ({}); inputs are never replaced, choose another name", path, input));
    }
    if (!force) throw already_there(path);
  }
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    const int error = errno;
    throw IoError(fmt::format("{}: can't be written: folder {}: {}", path, folder, system_message(error)));
  }
  f.temporary_path = temporary_path(f.final_path);
  if (::unlink(f.temporary_path.c_str()) != 0 && errno != ENOENT) {
    const int error = errno;
    throw IoError(fmt::format("{}: can't be removed: {}", f.temporary_path, system_message(error)));
  }
  return f;
}

std::shared_ptr<const PositionedFile> open_temporary(const SafeFile& file, const char* what) {
  auto opened = PositionedFile::open_to_write(file.temporary_path, file.final_path);
  if (opened->key().inode != file.inode)
    throw IoError(
        fmt::format("{}: {}: another run replaced the temporary file {}", file.final_path, what, file.temporary_path));
  return opened;
}

void commit(const SafeFile& file) {
  open_temporary(file, "completing")->sync();
  const char *from = file.temporary_path.c_str(), *to = file.final_path.c_str();
  const std::string folder = folder_of(file.final_path);  // after the renaming nothing may fail but the disk
  int error = 0;
  if (file.replaces) {
    const auto now = status(file.final_path) ? PositionedFile::open(file.final_path)->key() : FileKey{};
    if (now != *file.replaces)
      throw IoError(fmt::format("{}: changed while it was being added to; it is left as it is now", file.final_path));
  }
  if (file.force) {
    error = ::rename(from, to) == 0 ? 0 : errno;
  } else {
    error = ::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0 ? 0 : errno;
    if (error == EINVAL || error == ENOSYS || error == ENOTSUP)  // a file system without it: as close as it gets
      error = status(file.final_path) ? EEXIST : ::rename(from, to) == 0 ? 0 : errno;
    if (error == EEXIST)
      throw UsageError(fmt::format("{}: appeared while it was being written; --force replaces it", file.final_path));
  }
  if (error != 0)
    throw IoError(
        fmt::format("{}: renaming {} to it: {}", file.final_path, file.temporary_path, system_message(error)));
  sync_folder(folder);
}

void discard(const SafeFile& file) noexcept {
  struct stat s {};
  if (::stat(file.temporary_path.c_str(), &s) == 0 && s.st_ino == file.inode)
    static_cast<void>(::unlink(file.temporary_path.c_str()));
}

void put_safe_file(Writer& w, const SafeFile& file) {
  w.put(file.final_path).put(file.temporary_path).put(file.inode).put(file.force).put(file.replaces.has_value());
  w.put(file.replaces.value_or(FileKey{}));
}
SafeFile get_safe_file(Reader& r) {
  SafeFile f;
  f.final_path = r.get_string();
  f.temporary_path = r.get_string();
  f.inode = r.get<std::uint64_t>();
  f.force = r.get<bool>();
  const bool replaces = r.get<bool>();
  const auto key = r.get<FileKey>();
  if (replaces) f.replaces = key;
  return f;
}

}  // namespace tessera::io
