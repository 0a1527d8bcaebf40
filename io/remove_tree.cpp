#include <tessera/io/remove_tree.hpp>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <tessera/core/signs.hpp>

namespace tessera::io {
namespace {

constexpr int deepest = 64;

/// An entry as the system gives it (getdents64): readdir takes memory.
struct Entry {
  std::uint64_t inode;
  std::int64_t offset;
  std::uint16_t bytes;  // of the entry with its name
  std::uint8_t type;
  char name[1];
};

bool remove(int at, const char* name, int depth) noexcept;

bool is_itself_or_above(const char* name) noexcept {
  return std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0;
}

// returns: whether all that was found is gone; `some`: whether anything was.
bool remove_entries(int folder, int depth, bool& some) noexcept {
  alignas(Entry) char buffer[2048];
  bool all = true;
  some = false;
  if (::lseek(folder, 0, SEEK_SET) != 0) return false;
  while (true) {
    const long bytes = ::syscall(SYS_getdents64, folder, buffer, sizeof buffer);
    if (bytes <= 0) return all && bytes == 0;
    for (long at = 0; at < bytes;) {
      std::uint16_t length = 0;
      std::memcpy(&length, buffer + at + offsetof(Entry, bytes), sizeof length);
      const char* name = buffer + at + offsetof(Entry, name);
      at += length;
      if (is_itself_or_above(name)) continue;
      some = true;
      all = remove(folder, name, depth) && all;
    }
  }
}

bool remove(int at, const char* name, int depth) noexcept {
  note_moved();  // many files take their time: no watchdog takes it for a rank that stands still
  if (::unlinkat(at, name, 0) == 0 || errno == ENOENT) return true;
  if ((errno != EISDIR && errno != EPERM) || depth == 0) return false;
  const int folder = ::openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0) return errno == ENOENT;
  // Entries may be passed over while others go: until there are none.
  bool some = true;
  while (some && remove_entries(folder, depth - 1, some)) {
  }
  ::close(folder);
  return ::unlinkat(at, name, AT_REMOVEDIR) == 0 || errno == ENOENT;
}

}  // namespace

bool remove_tree(int at, const char* name) noexcept { return remove(at, name, deepest); }

}  // namespace tessera::io
