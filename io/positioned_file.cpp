#include <tessera/io/positioned_file.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
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
#include <tessera/core/signs.hpp>
#include <tessera/io/scratch.hpp>

namespace tessera::io {
namespace {

thread_local std::int64_t failed_reads_of_thread = 0;

constexpr std::int64_t largest_call = std::int64_t{1} << 30;  // Linux moves at most 2^31 - 4096 bytes a call

// Beyond the limit of a process for the size of its files, the system sends SIGXFSZ first, which ends programs that do
// not expect it.
int size_error(std::int64_t end) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 0;
  return static_cast<rlim_t>(end) > limit.rlim_cur ? EFBIG : 0;
}

// Files that are read, so that a thousand datasets of a file take one descriptor.
struct OpenFiles {
  using Key = std::tuple<std::uint64_t, std::uint64_t, std::int64_t, std::int64_t, std::int64_t, std::string>;
  std::mutex mutex;
  std::map<Key, std::weak_ptr<const PositionedFile>> files;
  std::size_t most = 64;  // then those that nobody has are dropped
};
OpenFiles& open_files() {
  static auto* files = new OpenFiles;  // never destroyed: stores may outlive static destruction
  return *files;
}

}  // namespace

std::int64_t failed_reads() noexcept { return failed_reads_of_thread; }

PositionedFile::PositionedFile(std::string name, Opened opened)
    : name_(std::move(name)), key_(key_of(opened.number(), name_)), descriptor_(std::move(opened)) {}

PositionedFile::PositionedFile(const std::string& path, const FileKey& key, Opened opened)
    : name_(path), key_(key), descriptor_(path, path, key, std::move(opened)) {}

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
    if (d < 0 && error != EEXIST && error != EINTR && !(error == EMFILE && make_room()))
      throw IoError(fmt::format("{}: a scratch file can't be made in {}: {}", name, folder, system_message(error)));
  }
  Opened opened(d);
  return std::shared_ptr<const PositionedFile>(new PositionedFile(name, std::move(opened)));
}

std::shared_ptr<const PositionedFile> PositionedFile::shared(const std::string& path, const FileKey& key,
                                                             Opened opened) {
  std::shared_ptr<const PositionedFile> file(new PositionedFile(path, key, std::move(opened)));
  auto& all = open_files();
  const std::lock_guard lock(all.mutex);
  auto& known = all.files[{key.device, key.inode, key.size, key.changed_ns, key.touched_ns, path}];
  if (auto same = known.lock()) return same;
  known = file;
  if (all.files.size() > all.most) {
    std::erase_if(all.files, [](const auto& entry) { return entry.second.expired(); });
    all.most = std::max<std::size_t>(64, 2 * all.files.size());
  }
  return file;
}

// The same file, when somebody has it and it did not change.
std::shared_ptr<const PositionedFile> PositionedFile::already_open(const std::string& path) {
  const auto key = key_at(path);
  if (!key) return nullptr;
  auto& all = open_files();
  const std::lock_guard lock(all.mutex);
  const auto known = all.files.find({key->device, key->inode, key->size, key->changed_ns, key->touched_ns, path});
  return known == all.files.end() ? nullptr : known->second.lock();
}

std::shared_ptr<const PositionedFile> PositionedFile::open(const std::string& path) {
  if (auto known = already_open(path)) return known;
  // O_NONBLOCK: a pipe without a writer would block the open; it has no effect on plain files.
  Opened opened(open_descriptor(path, O_RDONLY | O_NONBLOCK));
  const FileKey key = key_of(opened.number(), path);
  return shared(path, key, std::move(opened));
}

std::shared_ptr<const PositionedFile> PositionedFile::open_later(const std::string& path, const FileKey& key) {
  return shared(path, key, Opened());
}

std::shared_ptr<const PositionedFile> PositionedFile::adopt(std::string name, Opened opened) {
  return std::shared_ptr<const PositionedFile>(new PositionedFile(std::move(name), std::move(opened)));
}

void PositionedFile::read(std::int64_t offset, std::byte* to, std::int64_t bytes) const {
  if (bytes <= 0) return;
  const Descriptor::Use use(descriptor_);
  std::int64_t done = 0;
  while (done < bytes) {
    const auto want = static_cast<std::size_t>(std::min(bytes - done, largest_call));
    const auto got = ::pread(use.number(), to + done, want, offset + done);
    if (got > 0) {
      done += got;
      note_moved();
    } else if (got == 0) {
      failed_reads_of_thread++;
      throw IoError(fmt::format("{}: file is truncated: reading {} bytes at {} met the end of the file after {}", name_,
                                bytes, offset, done));
    } else if (errno != EINTR) {
      const int error = errno;
      failed_reads_of_thread++;
      throw IoError(fmt::format("{}: reading {} bytes at {}: {}", name_, bytes, offset, system_message(error)));
    }
  }
}

void PositionedFile::write(std::int64_t offset, const std::byte* from, std::int64_t bytes) const {
  if (const int error = size_error(offset + bytes))
    throw IoError(fmt::format("{}: writing {} bytes at {}: {}", name_, bytes, offset, system_message(error)));
  const Descriptor::Use use(descriptor_);
  std::int64_t done = 0;
  while (done < bytes) {
    const auto want = static_cast<std::size_t>(std::min(bytes - done, largest_call));
    const auto put = ::pwrite(use.number(), from + done, want, offset + done);
    if (put > 0) {
      done += put;
      note_moved();
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
  if (bytes <= 0) return;
  try {
    const Descriptor::Use use(descriptor_);
    // To be told that pages are in the cache already, a system call looks at each of them: a tenth of the time of
    // reading them. The last byte says it sooner, or fails where a file system can't tell.
    std::byte last;
    const iovec one{&last, 1};
    if (::preadv2(use.number(), &one, 1, offset + bytes - 1, RWF_NOWAIT) == 1) return;
    static_cast<void>(::posix_fadvise(use.number(), offset, bytes, POSIX_FADV_WILLNEED));
  } catch (...) {  // what is wrong with the file, the read tells
  }
}

void PositionedFile::begin_write_back(std::int64_t offset, std::int64_t bytes) const noexcept {
  constexpr std::int64_t page = 4096;  // a page of which others write the rest would go to the disk twice
  const std::int64_t begin = (offset + page - 1) / page * page, end = (offset + bytes) / page * page;
  if (begin >= end) return;
  try {
    const Descriptor::Use use(descriptor_);
    static_cast<void>(::sync_file_range(use.number(), begin, end - begin, SYNC_FILE_RANGE_WRITE));
  } catch (...) {  // what is wrong with the file, sync tells
  }
}

void PositionedFile::reserve(std::int64_t bytes) const {
  if (bytes <= 0) return;
  const Descriptor::Use use(descriptor_);
  // Not posix_fallocate: where the file system can't reserve, that one writes to every block.
  int error = size_error(bytes);
  while (error == 0 || error == EINTR) {
    error = ::fallocate(use.number(), FALLOC_FL_KEEP_SIZE, 0, bytes) == 0 ? 0 : errno;
    if (error == 0) return;
  }
  if (error == ENOSPC || error == EDQUOT || error == EFBIG)
    throw IoError(fmt::format("{}: no room for {} bytes: {}", name_, bytes, system_message(error)));
}

void PositionedFile::resize(std::int64_t bytes) const {
  if (const int error = size_error(bytes))
    throw IoError(fmt::format("{}: making it {} bytes long: {}", name_, bytes, system_message(error)));
  const Descriptor::Use use(descriptor_);
  while (::ftruncate(use.number(), bytes) != 0) {
    const int error = errno;
    if (error != EINTR)
      throw IoError(fmt::format("{}: making it {} bytes long: {}", name_, bytes, system_message(error)));
  }
}

std::shared_ptr<const PositionedFile> PositionedFile::again() const {
  const Descriptor::Use use(descriptor_);
  const int d = ::fcntl(use.number(), F_DUPFD_CLOEXEC, 0);
  if (d < 0) throw IoError(fmt::format("{}: can't be opened: {}", name_, system_message(errno)));
  Opened opened(d);
  return std::shared_ptr<const PositionedFile>(new PositionedFile(name_, std::move(opened)));
}

// In pieces first, the next under way while one is waited for: a disk that takes minutes for all of it shows that it
// moves (core/signs.hpp), where one call to fsync would look like a rank that stands still. Only fsync brings the
// file's size and places.
void PositionedFile::write_back() const {
  constexpr std::int64_t piece = 64 << 20;
  const Descriptor::Use use(descriptor_);
  struct stat now {};
  if (::fstat(use.number(), &now) != 0) return;  // fsync says what is wrong
  const auto call = [&](std::int64_t at, unsigned what) {
    if (at < 0 || at >= now.st_size) return true;
    while (::sync_file_range(use.number(), at, piece, what) != 0) {
      const int error = errno;
      if (error == EINTR) continue;
      if (error != EIO && error != ENOSPC && error != EDQUOT) return false;  // not on this file system
      throw IoError(fmt::format("{}: bringing the file to the disk: {}", name_, system_message(error)));
    }
    return true;
  };
  for (std::int64_t at = 0; at < now.st_size + piece; at += piece) {
    if (!call(at, SYNC_FILE_RANGE_WRITE)) return;
    if (!call(at - piece, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER)) return;
    note_moved();
  }
}

void PositionedFile::sync() const {
  write_back();
  const Descriptor::Use use(descriptor_);
  while (::fsync(use.number()) != 0) {
    const int error = errno;
    if (error == EINTR) continue;
    if (error == EINVAL || error == ENOTSUP) return;  // a file system without it
    throw IoError(fmt::format("{}: bringing the file to the disk: {}", name_, system_message(error)));
  }
}

void sync_descriptor(int number, const std::string& name) {
  int error = 0;
  do {
    error = ::fsync(number) == 0 ? 0 : errno;
  } while (error == EINTR);
  if (error != 0 && error != EINVAL && error != ENOTSUP)
    throw IoError(fmt::format("{}: bringing the folder to the disk: {}", name, system_message(error)));
}

void sync_folder(const std::string& folder) {
  const Opened opened(open_descriptor(folder, O_RDONLY | O_DIRECTORY));
  sync_descriptor(opened.number(), folder);
}

}  // namespace tessera::io
