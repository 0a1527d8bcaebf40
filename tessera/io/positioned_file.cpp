#include <tessera/io/positioned_file.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <map>
#include <mutex>
#include <system_error>
#include <tuple>
#include <utility>

#include <tessera/core/errors.hpp>
#include <tessera/io/scratch.hpp>

namespace tessera::io {
namespace {

constexpr std::int64_t largest_call = std::int64_t{1} << 30;  // Linux moves at most 2^31 - 4096 bytes a call

// Many open files are ordinary here: a thousand files as one array. The soft limit is often 1024.
bool raise_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max || limit.rlim_cur >= 65536)
    return false;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 65536);
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

int open_descriptor(const std::string& path, int flags) {
  while (true) {
    const int d = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
    if (d >= 0) return d;
    const int error = errno;
    if (error == EINTR || (error == EMFILE && raise_limit())) continue;
    if (error == ENOENT && !(flags & O_CREAT)) throw IoError(fmt::format("{}: no such file", path));
    if (error == EMFILE || error == ENFILE)
      throw IoError(
          fmt::format("{}: can't be opened: {} (raise the limit with ulimit -n)", path, system_message(error)));
    throw IoError(
        fmt::format("{}: can't be {}: {}", path, flags & O_CREAT ? "created" : "opened", system_message(error)));
  }
}

// Descriptors that are open for reading, so that a thousand datasets of a file take one of them.
struct OpenFiles {
  using Key = std::tuple<std::uint64_t, std::uint64_t, std::int64_t, std::int64_t, std::string>;
  std::mutex mutex;
  std::map<Key, std::weak_ptr<const PositionedFile>> files;
};
OpenFiles& open_files() {
  static auto* files = new OpenFiles;  // never destroyed: stores may outlive static destruction
  return *files;
}

}  // namespace

std::string system_message(int error) { return std::generic_category().message(error); }

PositionedFile::PositionedFile(std::string name, int descriptor) : name_(std::move(name)), descriptor_(descriptor) {
  struct stat s {};
  if (::fstat(descriptor_, &s) != 0) {
    const int error = errno;
    ::close(descriptor_);
    throw IoError(fmt::format("{}: can't be examined: {}", name_, system_message(error)));
  }
  if (!S_ISREG(s.st_mode)) {
    ::close(descriptor_);
    throw IoError(fmt::format("{}: is {}, not a file", name_, S_ISDIR(s.st_mode) ? "a directory" : "a device or pipe"));
  }
  key_ = {static_cast<std::uint64_t>(s.st_dev), static_cast<std::uint64_t>(s.st_ino), s.st_size,
          s.st_mtim.tv_sec * std::int64_t{1000000000} + s.st_mtim.tv_nsec};
}

std::shared_ptr<const PositionedFile> PositionedFile::create_nameless(const std::string& beside,
                                                                      const std::string& name) {
  const auto slash = beside.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : beside.substr(0, slash + 1);
  int d = -1;
  do {
    d = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  } while (d < 0 && errno == EINTR);
  // Not every file system has files without names: one that loses its name at once does as well.
  static std::atomic<int> count{0};
  while (d < 0) {
    const std::string path = fmt::format("{}.{}.{}", beside, ::getpid(), count++);
    d = ::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    const int error = errno;
    if (d >= 0) static_cast<void>(::unlink(path.c_str()));
    if (d < 0 && error != EEXIST && error != EINTR && !(error == EMFILE && raise_limit()))
      throw IoError(fmt::format("{}: a scratch file beside it can't be made: {}", name, system_message(error)));
  }
  return std::shared_ptr<const PositionedFile>(new PositionedFile(name, d));
}

PositionedFile::~PositionedFile() { ::close(descriptor_); }

std::shared_ptr<const PositionedFile> PositionedFile::open(const std::string& path) {
  // O_NONBLOCK: a pipe without a writer would block the open; it has no effect on plain files.
  std::shared_ptr<const PositionedFile> file(new PositionedFile(path, open_descriptor(path, O_RDONLY | O_NONBLOCK)));
  auto& all = open_files();
  const std::lock_guard lock(all.mutex);
  const FileKey& k = file->key_;
  auto& known = all.files[{k.device, k.inode, k.size, k.changed_ns, path}];
  if (auto same = known.lock()) return same;
  known = file;
  if (all.files.size() > 64) std::erase_if(all.files, [](const auto& entry) { return entry.second.expired(); });
  return file;
}

std::shared_ptr<const PositionedFile> PositionedFile::open_to_write(const std::string& path, const std::string& name) {
  return std::shared_ptr<const PositionedFile>(new PositionedFile(name, open_descriptor(path, O_RDWR)));
}

std::shared_ptr<const PositionedFile> PositionedFile::create(const std::string& path, const std::string& name) {
  return std::shared_ptr<const PositionedFile>(
      new PositionedFile(name, open_descriptor(path, O_RDWR | O_CREAT | O_EXCL)));
}

void PositionedFile::read(std::int64_t offset, std::byte* to, std::int64_t bytes) const {
  std::int64_t done = 0;
  while (done < bytes) {
    const auto want = static_cast<std::size_t>(std::min(bytes - done, largest_call));
    const auto got = ::pread(descriptor_, to + done, want, offset + done);
    if (got > 0) {
      done += got;
    } else if (got == 0) {
      throw IoError(fmt::format("{}: file is truncated: reading {} bytes at {} met the end of the file after {}", name_,
                                bytes, offset, done));
    } else if (errno != EINTR) {
      const int error = errno;
      throw IoError(fmt::format("{}: reading {} bytes at {}: {}", name_, bytes, offset, system_message(error)));
    }
  }
}

void PositionedFile::write(std::int64_t offset, const std::byte* from, std::int64_t bytes) const {
  std::int64_t done = 0;
  while (done < bytes) {
    const auto want = static_cast<std::size_t>(std::min(bytes - done, largest_call));
    const auto put = ::pwrite(descriptor_, from + done, want, offset + done);
    if (put > 0) {
      done += put;
    } else if (put == 0 || errno != EINTR) {
      const int error = put == 0 ? EIO : errno;
      throw IoError(fmt::format("{}: writing {} bytes at {}: {}", name_, bytes, offset, system_message(error)));
    }
  }
}

void PositionedFile::copy_from(const PositionedFile& from, std::int64_t from_offset, std::int64_t offset,
                               std::int64_t bytes) const {
  const Scratch piece(0, piece_bytes);
  for (std::int64_t at = 0; at < bytes; at += piece_bytes) {
    const std::int64_t n = std::min(piece_bytes, bytes - at);
    from.read(from_offset + at, piece.data(), n);
    write(offset + at, piece.data(), n);
  }
}

void PositionedFile::will_need(std::int64_t offset, std::int64_t bytes) const noexcept {
  if (bytes > 0) static_cast<void>(::posix_fadvise(descriptor_, offset, bytes, POSIX_FADV_WILLNEED));
}

void PositionedFile::reserve(std::int64_t bytes) const {
  if (bytes <= 0) return;
  // Not posix_fallocate: where the file system can't reserve, that one writes to every block.
  int error = 0;
  do {
    error = ::fallocate(descriptor_, FALLOC_FL_KEEP_SIZE, 0, bytes) == 0 ? 0 : errno;
  } while (error == EINTR);
  if (error == ENOSPC || error == EDQUOT || error == EFBIG)
    throw IoError(fmt::format("{}: no room for {} bytes: {}", name_, bytes, system_message(error)));
}

void PositionedFile::resize(std::int64_t bytes) const {
  while (::ftruncate(descriptor_, bytes) != 0) {
    const int error = errno;
    if (error != EINTR)
      throw IoError(fmt::format("{}: making it {} bytes long: {}", name_, bytes, system_message(error)));
  }
}

std::shared_ptr<const PositionedFile> PositionedFile::again() const {
  const int d = ::fcntl(descriptor_, F_DUPFD_CLOEXEC, 0);
  if (d < 0) throw IoError(fmt::format("{}: can't be opened: {}", name_, system_message(errno)));
  return std::shared_ptr<const PositionedFile>(new PositionedFile(name_, d));
}

void PositionedFile::sync() const {
  while (::fsync(descriptor_) != 0) {
    const int error = errno;
    if (error == EINTR) continue;
    if (error == EINVAL || error == ENOTSUP) return;  // a file system without it
    throw IoError(fmt::format("{}: bringing the file to the disk: {}", name_, system_message(error)));
  }
}

void sync_folder(const std::string& folder) {
  const int d = open_descriptor(folder, O_RDONLY | O_DIRECTORY);
  int error = 0;
  do {
    error = ::fsync(d) == 0 ? 0 : errno;
  } while (error == EINTR);
  ::close(d);
  if (error != 0 && error != EINVAL && error != ENOTSUP)
    throw IoError(fmt::format("{}: bringing the folder to the disk: {}", folder, system_message(error)));
}

}  // namespace tessera::io
