#include <tessera/io/descriptor.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <vector>

#include <tessera/core/errors.hpp>

namespace tessera::io {

// The open descriptors of files that are read, and the hand of the clock over them.
struct OpenDescriptors {
  std::mutex mutex;
  std::vector<const Descriptor*> open;
  std::size_t hand = 0;

  void add(const Descriptor& d) {
    while (open.size() >= Descriptor::most_open() && close_one()) {
    }
    open.push_back(&d);
  }
  void remove(const Descriptor& d) {
    const auto at = std::find(open.begin(), open.end(), &d);
    if (at == open.end()) return;
    *at = open.back();
    open.pop_back();
  }
  // False when all are in use.
  bool close_one() {
    for (std::size_t steps = 2 * open.size(); steps > 0; steps--, hand++) {
      if (hand >= open.size()) hand = 0;
      const Descriptor& d = *open[hand];
      if (d.recent_.exchange(false, std::memory_order_relaxed)) continue;
      int nobody = 0;
      if (!d.users_.compare_exchange_strong(nobody, -1, std::memory_order_acquire)) continue;
      ::close(d.number_);
      open[hand] = open.back();
      open.pop_back();
      return true;
    }
    return false;
  }
};

namespace {

OpenDescriptors& descriptors() {
  static auto* all = new OpenDescriptors;  // never destroyed: stores may outlive static destruction
  return *all;
}

struct ChangedFiles {
  std::mutex mutex;
  std::vector<FileKey> keys;
  bool has(const FileKey& key) {
    const std::lock_guard lock(mutex);
    return std::any_of(keys.begin(), keys.end(), [&](const FileKey& k) { return same_bytes(k, key); });
  }
};
ChangedFiles& replaced_files() {
  static auto* all = new ChangedFiles;  // never destroyed, as above
  return *all;
}
ChangedFiles& growing_files() {
  static auto* all = new ChangedFiles;
  return *all;
}

bool grows_as_expected(const FileKey& now, const FileKey& then) {
  return now.inode == then.inode && growing_files().has(then);
}

// Losing its name touches a file.
bool was_replaced_as_expected(FileKey now, const FileKey& then) {
  now.touched_ns = then.touched_ns;
  return same_bytes(now, then) && replaced_files().has(then);
}

std::int64_t nanoseconds(const statx_timestamp& t) { return t.tv_sec * std::int64_t{1'000'000'000} + t.tv_nsec; }

FileKey key_of(const struct statx& s) {
  return {makedev(s.stx_dev_major, s.stx_dev_minor), s.stx_ino, static_cast<std::int64_t>(s.stx_size),
          nanoseconds(s.stx_mtime), nanoseconds(s.stx_ctime)};
}

// The soft limit is often 1024, and others in the process need descriptors too.
bool raise_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max || limit.rlim_cur >= 65536)
    return false;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 65536);
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

}  // namespace

bool make_room() {
  if (raise_limit()) return true;
  auto& all = descriptors();
  const std::lock_guard lock(all.mutex);
  return all.close_one();
}

std::string system_message(int error) { return std::generic_category().message(error); }

int open_descriptor(const std::string& path, int flags) {
  while (true) {
    const int d = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
    if (d >= 0) return d;
    const int error = errno;
    if (error == EINTR || (error == EMFILE && make_room())) continue;
    if (error == ENOENT && !(flags & O_CREAT)) throw IoError(fmt::format("{}: no such file", path));
    if (error == EMFILE || error == ENFILE)
      throw IoError(
          fmt::format("{}: can't be opened: {} (raise the limit with ulimit -n)", path, system_message(error)));
    throw IoError(
        fmt::format("{}: can't be {}: {}", path, flags & O_CREAT ? "created" : "opened", system_message(error)));
  }
}

std::optional<FileKey> key_at(const std::string& path) {
  struct statx s {};
  if (::statx(AT_FDCWD, path.c_str(), AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &s) != 0 || !S_ISREG(s.stx_mode))
    return std::nullopt;
  return key_of(s);
}

FileKey key_of(int number, const std::string& name) {
  struct statx s {};
  const int error = ::statx(number, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &s) == 0 ? 0 : errno;
  if (error == 0 && S_ISREG(s.stx_mode)) return key_of(s);
  if (error != 0) throw IoError(fmt::format("{}: can't be examined: {}", name, system_message(error)));
  throw IoError(fmt::format("{}: is {}, not a file", name, S_ISDIR(s.stx_mode) ? "a directory" : "a device or pipe"));
}

bool same_bytes(const FileKey& a, const FileKey& b) {
  return a.inode == b.inode && a.size == b.size && a.changed_ns == b.changed_ns && a.touched_ns == b.touched_ns;
}

void expect_replaced(const FileKey& key) {
  auto& all = replaced_files();
  const std::lock_guard lock(all.mutex);
  all.keys.push_back(key);
}

std::shared_ptr<const void> expect_growth(const FileKey& key) {
  struct Expected {
    FileKey key;
    explicit Expected(const FileKey& k) : key(k) {
      auto& all = growing_files();
      const std::lock_guard lock(all.mutex);
      all.keys.push_back(key);
    }
    ~Expected() {
      auto& all = growing_files();
      const std::lock_guard lock(all.mutex);
      all.keys.erase(
          std::find_if(all.keys.begin(), all.keys.end(), [&](const FileKey& k) { return same_bytes(k, key); }));
    }
  };
  return std::make_shared<Expected>(key);
}

std::string changed_message(const std::string& name, const FileKey& then, const FileKey& now) {
  return fmt::format("{}: the file changed since it was opened ({})", name,
                     then.inode != now.inode ? "another file has its name now"
                     : then.size != now.size ? fmt::format("{} bytes then, {} now", then.size, now.size)
                                             : "written to, renamed, removed, or given other permissions");
}

Opened::~Opened() {
  if (number_ >= 0) ::close(number_);
}

Descriptor::Descriptor(const std::string& path, std::string name, const FileKey& key, Opened opened)
    : name_(std::move(name)), key_(key), users_(-1), number_(-1) {
  std::error_code error;
  path_ = std::filesystem::absolute(path, error).string();  // the program may change its folder
  if (error) path_ = path;
  if (opened.number() < 0) return;
  auto& all = descriptors();
  const std::lock_guard lock(all.mutex);
  all.add(*this);
  number_ = opened.take();
  users_ = 0;
  opened_ = true;
}

Descriptor::~Descriptor() {
  if (!path_.empty()) {
    auto& all = descriptors();
    const std::lock_guard lock(all.mutex);
    all.remove(*this);
  }
  if (users_ >= 0) ::close(number_);
}

int Descriptor::acquire() const {
  int users = users_.load(std::memory_order_relaxed);
  while (users >= 0)
    if (users_.compare_exchange_weak(users, users + 1, std::memory_order_acquire)) {
      if (!recent_.load(std::memory_order_relaxed)) recent_.store(true, std::memory_order_relaxed);
      return number_;
    }
  return open_again();
}

int Descriptor::open_again() const {
  // Outside the lock: on a network it takes its time, and other threads open other files meanwhile.
  Opened opened(open_descriptor(path_, O_RDONLY | O_NONBLOCK));
  if (const FileKey now = key_of(opened.number(), name_); !same_bytes(now, key_) && !grows_as_expected(now, key_))
    throw IoError(changed_message(name_, key_, now));
  auto& all = descriptors();
  const std::lock_guard lock(all.mutex);
  recent_.store(true, std::memory_order_relaxed);
  if (users_.load(std::memory_order_relaxed) >= 0) {  // another thread was faster
    users_.fetch_add(1, std::memory_order_acquire);
    return number_;
  }
  all.add(*this);
  number_ = opened.take();
  users_.store(1, std::memory_order_release);
  opened_ = true;
  return number_;
}

void Descriptor::verify() const {
  if (!opened_) return;
  const Use use(*this);  // one that was closed is compared as it is opened again
  const FileKey now = key_of(use.number(), name_);
  if (!same_bytes(now, key_) && !was_replaced_as_expected(now, key_) && !grows_as_expected(now, key_))
    throw IoError(changed_message(name_, key_, now));
}

std::size_t Descriptor::most_open() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 128;
  return static_cast<std::size_t>(std::clamp<rlim_t>(limit.rlim_cur / 4, 1, 128));
}

std::size_t Descriptor::open_now() {
  auto& all = descriptors();
  const std::lock_guard lock(all.mutex);
  return all.open.size();
}

}  // namespace tessera::io
