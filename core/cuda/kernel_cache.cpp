#include <tessera/core/cuda/kernel_cache.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <thread>

#include <tessera/core/hash.hpp>

namespace tessera::cuda {
namespace {

constexpr std::string_view magic = "tessera kernel 1\n";
constexpr std::size_t most_file_bytes = std::size_t{256} << 20;
// A kernel takes NVRTC some tenths of a second. Who holds the turn for longer has been stopped, or its file system has no locks worth the name.
constexpr std::chrono::milliseconds longest_wait{20000}, between_looks{10};

std::string variable(const char* name) {
  const char* text = std::getenv(name);
  return text ? text : "";
}

class File {
 public:
  File(const std::string& path, int flags) : descriptor_(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600)) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  explicit operator bool() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }

  bool write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t n = ::write(descriptor_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  /// All of it, of a regular file of our own that is no larger than kernels are.
  std::optional<std::string> read() const {
    struct stat s {};
    if (::fstat(descriptor_, &s) != 0 || !S_ISREG(s.st_mode) || s.st_uid != ::geteuid()) return {};
    if (s.st_size < 0 || static_cast<std::size_t>(s.st_size) > most_file_bytes) return {};
    std::string bytes(static_cast<std::size_t>(s.st_size), '\0');
    for (std::size_t have = 0; have < bytes.size();) {
      const ssize_t n = ::read(descriptor_, bytes.data() + have, bytes.size() - have);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return {};
      have += static_cast<std::size_t>(n);
    }
    return bytes;
  }

 private:
  const int descriptor_;
};

/// The folder of a name, with those above it, as far as they can be made.
void make_folders(const std::string& file) {
  for (std::size_t at = file.find('/', 1); at != std::string::npos; at = file.find('/', at + 1))
    ::mkdir(file.substr(0, at).c_str(), 0700);
}

/// What follows the hash: lengths, key, kernel.
std::string body_of(const std::string& key, const std::string& kernel) {
  const std::uint64_t lengths[2] = {key.size(), kernel.size()};
  std::string body(reinterpret_cast<const char*>(lengths), sizeof lengths);
  return body += key + kernel;
}

/// Of the processes of a node that want a kernel of this folder, one at a time; the others wait for it, not for ever.
class Turn {
 public:
  explicit Turn(const std::string& folder) : lock_(folder + "lock", O_RDWR | O_CREAT) {
    const auto end = std::chrono::steady_clock::now() + longest_wait;
    while (lock_ && ::flock(lock_.descriptor(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) return;  // no locks there
      if (std::chrono::steady_clock::now() > end) return;
      std::this_thread::sleep_for(between_looks);
    }
  }

 private:
  const File lock_;
};

}  // namespace

KernelCache KernelCache::of_environment() {
  const std::string chosen = variable("TESSERA_CACHE"), cache = variable("XDG_CACHE_HOME"), home = variable("HOME");
  if (!chosen.empty()) return KernelCache(chosen == "none" ? "" : chosen);
  if (!cache.empty()) return KernelCache(cache + "/tessera");
  return KernelCache(home.empty() ? "" : home + "/.cache/tessera");
}

std::string KernelCache::get(const std::string& key, const std::function<std::string()>& make) const {
  if (folder_.empty()) return make();
  const std::uint64_t first = Hash().add("kernel").add(key).value(), second = Hash().add("name").add(key).value();
  const std::string name = fmt::format("{:016x}{:016x}", first, second),
                    within = folder_ + "/" + name.substr(0, 2) + "/";
  if (auto found = find(within + name, key)) return *std::move(found);
  make_folders(within + name);
  const Turn turn(within);
  if (auto found = find(within + name, key)) return *std::move(found);
  std::string made = make();
  keep(within + name, key, made);
  return made;
}

std::optional<std::string> KernelCache::find(const std::string& file, const std::string& key) const {
  const File in(file, O_RDONLY);
  const auto bytes = in ? in.read() : std::nullopt;
  constexpr std::size_t head = magic.size() + sizeof(std::uint64_t), lengths = 2 * sizeof(std::uint64_t);
  if (!bytes || bytes->size() < head + lengths + key.size() || !bytes->starts_with(magic)) return {};
  std::uint64_t hash = 0;
  std::memcpy(&hash, bytes->data() + magic.size(), sizeof hash);
  const std::string_view body = std::string_view(*bytes).substr(head);
  std::string kernel(body.substr(lengths + key.size()));
  if (hash != Hash().add(body).value() || body != body_of(key, kernel)) return {};
  return kernel;
}

// What can't be kept is compiled again.
void KernelCache::keep(const std::string& file, const std::string& key, const std::string& kernel) const {
  static std::atomic<int> number{0};
  const std::string mine = fmt::format("{}.{}.{}", file, ::getpid(), number++);
  const std::string body = body_of(key, kernel);
  const std::uint64_t hash = Hash().add(body).value();
  bool complete = false;
  if (const File out(mine, O_WRONLY | O_CREAT | O_EXCL); out)
    complete = out.write(magic) && out.write({reinterpret_cast<const char*>(&hash), sizeof hash}) && out.write(body);
  else
    return;
  if (!complete || ::rename(mine.c_str(), file.c_str()) != 0) ::unlink(mine.c_str());
}

}  // namespace tessera::cuda
