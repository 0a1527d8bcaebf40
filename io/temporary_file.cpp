#include <tessera/io/temporary_file.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include <tessera/core/errors.hpp>

namespace tessera::io {
namespace {

namespace fs = std::filesystem;

bool same_file(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

bool same_mark(const FileMark& a, const FileMark& b) {
  return a.inode == b.inode && (a.born_ns == b.born_ns || a.born_ns == 0 || b.born_ns == 0);
}

IoError taken(const TemporaryName& name) {
  return IoError(fmt::format("{}: another run is writing it now ({} is in use)", name.final_path, name.temporary_path));
}

void remove_name(const TemporaryName& name) {
  if (::unlink(name.temporary_path.c_str()) == 0 || errno == ENOENT) return;
  const int error = errno;
  throw IoError(fmt::format("{}: can't be removed: {}", name.temporary_path, system_message(error)));
}

/// Removes what is under the temporary name, unless a run that writes it is alive.
/// returns: what was removed, still locked: another run that has found it, too, must not go on to remove ours. A mark
/// takes over what is there.
Opened remove_leftover(const TemporaryName& name, TemporaryFile::Use use) {
  const std::string& path = name.temporary_path;
  struct stat there {};
  if (::lstat(path.c_str(), &there) != 0) return Opened();
  if (!S_ISREG(there.st_mode)) {  // a link, a pipe: nothing that a run has made
    remove_name(name);
    return Opened();
  }
  // Where locks travel over a network, an exclusive one needs a file that is open to write.
  int d = -1;
  for (const int access : {O_RDWR, O_RDONLY})
    if (d < 0) d = ::open(path.c_str(), access | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (d < 0 && errno == ENOENT) return Opened();
  if (d < 0) {
    const int error = errno;
    throw IoError(fmt::format("{}: {} is there and can't be opened ({}): remove it if no other run is writing it",
                              name.final_path, path, system_message(error)));
  }
  Opened leftover(d);
  if (!try_lock(d)) throw taken(name);
  if (use == TemporaryFile::Use::content && leads_to(AT_FDCWD, path.c_str(), d)) remove_name(name);
  return leftover;
}

/// Makes the file anew and locks it. Two runs may come here at once: one has the lock in the end, and the name.
Opened make_and_lock(const TemporaryName& name, mode_t mode, TemporaryFile::Use use) {
  for (int tries = 0; tries < 1000; tries++) {
    Opened leftover = remove_leftover(name, use);
    if (leftover.number() >= 0 && leads_to(AT_FDCWD, name.temporary_path.c_str(), leftover.number())) return leftover;
    const int d = ::open(name.temporary_path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    const int error = errno;
    if (d < 0) {
      if (error == EEXIST || error == EINTR || (error == EMFILE && make_room())) continue;
      throw IoError(fmt::format("{}: can't be created: {}", name.temporary_path, system_message(error)));
    }
    Opened made(d);
    if (try_lock(d) && leads_to(AT_FDCWD, name.temporary_path.c_str(), d)) return made;
    break;  // a run that took it for a leftover
  }
  throw taken(name);
}

}  // namespace

FileMark mark_of(int number) noexcept {
  struct statx s {};
  if (::statx(number, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &s) != 0) return {};
  const bool born = (s.stx_mask & STATX_BTIME) != 0;
  return {s.stx_ino, born ? s.stx_btime.tv_sec * std::int64_t{1'000'000'000} + s.stx_btime.tv_nsec : 0};
}

bool leads_to(int at, const char* path, int number) noexcept {
  struct stat named {
  }, opened{};
  return ::fstatat(at, path, &named, AT_SYMLINK_NOFOLLOW) == 0 && ::fstat(number, &opened) == 0 &&
         same_file(named, opened);
}

bool try_lock(int number) noexcept {
  while (::flock(number, LOCK_EX | LOCK_NB) != 0)
    if (errno != EINTR) return errno != EWOULDBLOCK;
  return true;
}

std::string followed(const std::string& path) {
  std::error_code ignored;
  fs::path end = path;
  if (!fs::is_symlink(end, ignored)) return path;
  for (int links = 0; fs::is_symlink(end, ignored); links++) {
    const fs::path target = fs::read_symlink(end, ignored);
    if (target.empty() || links == 40) return {};
    end = end.parent_path() / target;  // target alone when it is absolute
  }
  return fs::weakly_canonical(end, ignored).string();
}

std::string temporary_path(const std::string& path) {
  const fs::path end = followed(path);
  const fs::path folder = end.has_parent_path() ? end.parent_path() : ".";
  return (folder / ("." + end.filename().string() + ".tessera-part")).string();
}

bool may_be_appended_to(const std::string& path) {
  struct stat there {};
  return ::lstat(temporary_path(path).c_str(), &there) == 0;
}

void put_name(Writer& w, const TemporaryName& name) { w.put(name.final_path).put(name.temporary_path).put(name.mark); }

TemporaryName get_name(Reader& r) {
  TemporaryName name;
  name.final_path = r.get_string();
  name.temporary_path = r.get_string();
  name.mark = r.get<FileMark>();
  return name;
}

void expect_mark(const TemporaryName& name, int number, const char* what) {
  if (!same_mark(mark_of(number), name.mark))
    throw IoError(
        fmt::format("{}: {}: another run replaced the temporary file {}", name.final_path, what, name.temporary_path));
}

std::shared_ptr<const PositionedFile> open_temporary(const TemporaryName& name, const char* what) {
  Opened opened(open_descriptor(name.temporary_path, O_RDWR | O_NOFOLLOW));
  expect_mark(name, opened.number(), what);
  return PositionedFile::adopt(name.final_path, std::move(opened));
}

TemporaryFile::TemporaryFile(const std::string& final_path, mode_t mode, Use use)
    : name_{final_path, temporary_path(final_path)},
      unfinished_(name_.temporary_path),
      stays_(use == Use::mark && may_be_appended_to(final_path)),
      held_(make_and_lock(name_, mode, use)) {
  try {
    struct stat s {};
    if (use == Use::content && ::fstat(held_.number(), &s) == 0) unfinished_.watch(s.st_dev, s.st_ino);
    name_.mark = mark_of(held_.number());
    const int d = ::fcntl(held_.number(), F_DUPFD_CLOEXEC, 0);
    if (d < 0) throw IoError(fmt::format("{}: can't be opened: {}", final_path, system_message(errno)));
    file_ = PositionedFile::adopt(final_path, Opened(d));
  } catch (...) {  // there will be no destructor
    if (is_in_place()) static_cast<void>(::unlink(name_.temporary_path.c_str()));
    throw;
  }
}

TemporaryFile::~TemporaryFile() {
  if (!stays_ && is_in_place()) static_cast<void>(::unlink(name_.temporary_path.c_str()));
  unfinished_.forget();  // while the number of the inode is still this file's
}

bool TemporaryFile::is_in_place() const noexcept {
  return leads_to(AT_FDCWD, name_.temporary_path.c_str(), held_.number());
}

void TemporaryFile::expect_in_place() const {
  if (!is_in_place())
    throw IoError(fmt::format("{}: completing: another run replaced the temporary file {}", name_.final_path,
                              name_.temporary_path));
}

void TemporaryFile::rename_to(const std::string& path) {
  expect_in_place();
  if (::rename(name_.temporary_path.c_str(), path.c_str()) != 0) {
    const int error = errno;
    throw IoError(fmt::format("{}: renaming {} to it: {}", path, name_.temporary_path, system_message(error)));
  }
  stays_ = true;
}

void TemporaryFile::rename(bool replace) {
  const char *from = name_.temporary_path.c_str(), *to = name_.final_path.c_str();
  expect_in_place();
  int error = 0;
  if (replace) {
    error = ::rename(from, to) == 0 ? 0 : errno;
  } else {
    error = ::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0 ? 0 : errno;
    struct stat there {};
    if (error == EINVAL || error == ENOSYS || error == ENOTSUP)  // a file system without it: as close as it gets
      error = ::lstat(to, &there) == 0 ? EEXIST : ::rename(from, to) == 0 ? 0 : errno;
    if (error == EEXIST)
      throw UsageError(
          fmt::format("{}: appeared while it was being written; option 'force' replaces it", name_.final_path));
  }
  if (error != 0)
    throw IoError(fmt::format("{}: renaming {} to it: {}", name_.final_path, from, system_message(error)));
  stays_ = true;
}

}  // namespace tessera::io
