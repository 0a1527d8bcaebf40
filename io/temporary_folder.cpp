#include <tessera/io/temporary_folder.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>

#include <tessera/core/errors.hpp>
#include <tessera/io/remove_tree.hpp>

namespace tessera::io {
namespace {

constexpr int folder_to_read = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr mode_t ours_alone = 0700;

IoError error_at(const std::string& path, const char* what, int error) {
  return IoError(fmt::format("{}: {}: {}", path, what, system_message(error)));
}

IoError taken(const std::string& final_path, const std::string& part) {
  return IoError(fmt::format("{}: another run is writing it now ({} is in use)", final_path, part));
}

bool is_there(int at, const char* name) noexcept {
  struct stat s {};
  return ::fstatat(at, name, &s, AT_SYMLINK_NOFOLLOW) == 0;
}

// A run was killed between the two steps of replacing the target: it is as it was.
void put_old_back(int part, const std::string& final_path) noexcept {
  if (is_there(part, "old") && !is_there(AT_FDCWD, final_path.c_str()))
    static_cast<void>(::renameat(part, "old", AT_FDCWD, final_path.c_str()));
}

/// The lock in the folder; nothing when the folder is being removed.
std::optional<Opened> open_lock(int part, const std::string& path) {
  const int d = ::openat(part, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (d >= 0) return Opened(d);
  if (errno == ENOENT) return std::nullopt;
  throw error_at(path, "is there and can't be locked (remove it if no other run is writing it)", errno);
}

/// Removes what is under the temporary name, unless a run that writes it is alive.
void remove_leftover(const std::string& part, const std::string& final_path) {
  struct stat there {};
  if (::lstat(part.c_str(), &there) != 0) return;
  if (!S_ISDIR(there.st_mode)) {  // a link, a pipe: nothing that a run has made
    if (S_ISREG(there.st_mode) || ::unlink(part.c_str()) != 0)
      throw IoError(fmt::format("{}: {} is there and is no folder: remove it", final_path, part));
    return;
  }
  const Opened folder(::open(part.c_str(), folder_to_read));
  if (folder.number() < 0 && errno == ENOENT) return;
  if (folder.number() < 0) throw error_at(part, "can't be opened", errno);
  const auto lock = open_lock(folder.number(), part);
  if (!lock) return;
  if (!try_lock(lock->number())) throw taken(final_path, part);
  if (!leads_to(folder.number(), "lock", lock->number())) return;  // who had it was faster
  if (there.st_uid == ::geteuid()) put_old_back(folder.number(), final_path);
  for (const char* name : {"new", "old", "lock"}) remove_tree(folder.number(), name);  // in this order
  if (::rmdir(part.c_str()) == 0 || errno == ENOENT) return;
  const int error = errno;
  if (error == ENOTEMPTY && is_there(folder.number(), "lock")) throw taken(final_path, part);
  throw error_at(part, "can't be removed", error);
}

}  // namespace

TemporaryFolder::Part TemporaryFolder::take_part(const std::string& part, const std::string& final_path) {
  for (int tries = 0; tries < 1000; tries++) {
    remove_leftover(part, final_path);
    if (::mkdir(part.c_str(), ours_alone) != 0) {
      if (errno == EEXIST || errno == EINTR) continue;
      throw error_at(part, "can't be created", errno);
    }
    Part made{Opened(open_descriptor(part, folder_to_read)), Opened()};
    const int d = ::openat(made.folder.number(), "lock", O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (d >= 0) {
      Opened lock(d);
      if (try_lock(d) && leads_to(made.folder.number(), "lock", d)) return {std::move(made.folder), std::move(lock)};
    } else if (errno != EEXIST && errno != ENOENT) {
      const int error = errno;
      static_cast<void>(::rmdir(part.c_str()));
      throw error_at(part, "can't be written", error);
    }
    break;  // a run that took it for a leftover
  }
  throw taken(final_path, part);
}

TemporaryFolder::TemporaryFolder(const std::string& final_path, mode_t mode)
    : part_(temporary_path(final_path)),
      name_{final_path, part_ + "/new"},
      unfinished_(part_),
      held_(take_part(part_, final_path)) {
  try {
    struct stat s {};
    if (::fstat(held_.folder.number(), &s) == 0) unfinished_.watch(s.st_dev, s.st_ino);
    if (::mkdirat(held_.folder.number(), "new", mode) != 0)
      throw error_at(name_.temporary_path, "can't be created", errno);
    made_.emplace(open_descriptor(name_.temporary_path, folder_to_read));
    name_.mark = mark_of(made_->number());
  } catch (...) {  // there will be no destructor
    remove_all();
    throw;
  }
}

TemporaryFolder::~TemporaryFolder() {
  remove_all();
  unfinished_.forget();  // while the number of the inode is still this folder's
}

bool TemporaryFolder::is_in_place() const noexcept {
  return leads_to(AT_FDCWD, part_.c_str(), held_.folder.number()) &&
         leads_to(held_.folder.number(), "lock", held_.lock.number());
}

void TemporaryFolder::remove_all() noexcept {
  const int part = held_.folder.number();
  put_old_back(part, name_.final_path);
  // Never what was to be replaced and could not be put back.
  const bool is_lost = is_there(part, "old") && !is_there(AT_FDCWD, name_.final_path.c_str());
  if (!is_lost && is_in_place()) remove_tree(AT_FDCWD, part_.c_str());
}

// Where two names can't be exchanged at once. Between the steps nothing has the final name; nobody may remove anything.
int TemporaryFolder::rename_in_two_steps() noexcept {
  const int part = held_.folder.number();
  const char* to = name_.final_path.c_str();
  unfinished_.forget();
  if (::renameat(AT_FDCWD, to, part, "old") != 0) return errno;
  if (::renameat(part, "new", AT_FDCWD, to) == 0) return 0;
  const int error = errno;
  put_old_back(part, name_.final_path);
  return error;
}

int TemporaryFolder::rename_over_old() noexcept {
  const int part = held_.folder.number();
  const char* to = name_.final_path.c_str();
  if (::renameat2(part, "new", AT_FDCWD, to, RENAME_EXCHANGE) == 0) return 0;
  const int error = errno;
  return error == EINVAL || error == ENOSYS || error == ENOTSUP ? rename_in_two_steps() : error;
}

void TemporaryFolder::rename(bool replace) {
  const char* to = name_.final_path.c_str();
  const int part = held_.folder.number();
  if (!is_in_place() || !leads_to(part, "new", made_->number()))
    throw IoError(fmt::format("{}: completing: another run replaced the temporary folder {}", name_.final_path, part_));
  int error = replace ? rename_over_old() : ENOENT;
  if (error == ENOENT) {  // nothing to replace
    error = ::renameat2(part, "new", AT_FDCWD, to, RENAME_NOREPLACE) == 0 ? 0 : errno;
    if (error == EINVAL || error == ENOSYS || error == ENOTSUP)  // a file system without it: as close as it gets
      error = is_there(AT_FDCWD, to) ? EEXIST : ::renameat(part, "new", AT_FDCWD, to) == 0 ? 0 : errno;
    if (error == EEXIST)
      throw UsageError(
          fmt::format("{}: appeared while it was being written; option 'force' replaces it", name_.final_path));
  }
  if (error != 0)
    throw IoError(
        fmt::format("{}: renaming {} to it: {}", name_.final_path, name_.temporary_path, system_message(error)));
}

}  // namespace tessera::io
