// For LD_PRELOAD: ends a program, or fails its calls, at one of the calls that change files whose name contains
// KILL_NAME: pwrite, ftruncate, fallocate, fsync, rename, unlink.
//   KILL_AT=3     before the third of them the process is killed (SIGKILL)      KILL_RANK=1   on this rank alone
//   KILL_TORN=1   if that call is a pwrite, it is done up to the last boundary of a sector
//   KILL_ERROR=28 the third of them, and all after it but fsync and unlink, fail with this number instead
//   KILL_REPORT=1 their number goes to stderr when the program ends
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

long number(const char* name, long otherwise) {
  const char* text = std::getenv(name);
  return text ? std::atol(text) : otherwise;
}

template <class F>
F* next(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

bool is_meant(const char* path) {
  const char* part = std::getenv("KILL_NAME");
  const long rank = number("KILL_RANK", -1);
  return part != nullptr && std::strstr(path, part) != nullptr &&
         (rank < 0 || rank == number("OMPI_COMM_WORLD_RANK", 0));
}

bool is_meant(int file) {
  std::array<char, 4096> path{};
  return readlink(("/proc/self/fd/" + std::to_string(file)).c_str(), path.data(), path.size() - 1) > 0 &&
         is_meant(path.data());
}

constexpr off_t sector = 512;  // bytes that a disk writes whole or not at all

std::atomic<long> calls{0};

enum class What { goes_on, is_killed, fails };
What count(bool only_once) {
  const long n = ++calls, at = number("KILL_AT", 0), error = number("KILL_ERROR", 0);
  if (error == 0) return n == at ? What::is_killed : What::goes_on;
  if (at == 0 || n < at || (only_once && n > at)) return What::goes_on;
  errno = static_cast<int>(error);
  return What::fails;
}

/// True when the call is to fail.
template <class Where>
bool at_call(Where where, bool only_once = false) {
  if (!is_meant(where)) return false;
  const What what = count(only_once);
  if (what == What::is_killed) kill(getpid(), SIGKILL);
  return what == What::fails;
}

template <class Write>
ssize_t write_at(Write* write, int file, const void* data, size_t bytes, off_t at) {
  if (is_meant(file)) {
    const What what = count(false);
    if (what == What::fails) return -1;
    if (what == What::is_killed) {
      const off_t end = (at + static_cast<off_t>(bytes)) / sector * sector;
      if (number("KILL_TORN", 0) != 0 && end > at) write(file, data, static_cast<size_t>(end - at), at);
      kill(getpid(), SIGKILL);
    }
  }
  return write(file, data, bytes, at);
}

__attribute__((destructor)) void report() {
  if (number("KILL_REPORT", 0) != 0) std::fprintf(stderr, "shim: %ld calls\n", calls.load());
}

}  // namespace

extern "C" {
__attribute__((visibility("default"))) ssize_t pwrite(int file, const void* data, size_t bytes, off_t at) {
  return write_at(next<decltype(::pwrite)>("pwrite"), file, data, bytes, at);
}
__attribute__((visibility("default"))) ssize_t pwrite64(int file, const void* data, size_t bytes, off64_t at) {
  return write_at(next<decltype(::pwrite64)>("pwrite64"), file, data, bytes, at);
}
__attribute__((visibility("default"))) int ftruncate(int file, off_t bytes) {
  return at_call(file) ? -1 : next<decltype(::ftruncate)>("ftruncate")(file, bytes);
}
__attribute__((visibility("default"))) int ftruncate64(int file, off64_t bytes) {
  return at_call(file) ? -1 : next<decltype(::ftruncate64)>("ftruncate64")(file, bytes);
}
__attribute__((visibility("default"))) int fallocate(int file, int mode, off_t at, off_t bytes) {
  return at_call(file) ? -1 : next<decltype(::fallocate)>("fallocate")(file, mode, at, bytes);
}
__attribute__((visibility("default"))) int fallocate64(int file, int mode, off64_t at, off64_t bytes) {
  return at_call(file) ? -1 : next<decltype(::fallocate64)>("fallocate64")(file, mode, at, bytes);
}
__attribute__((visibility("default"))) int fsync(int file) {
  return at_call(file, true) ? -1 : next<decltype(::fsync)>("fsync")(file);
}
__attribute__((visibility("default"))) int rename(const char* from, const char* to) noexcept {
  return at_call(from) ? -1 : next<int(const char*, const char*)>("rename")(from, to);
}
__attribute__((visibility("default"))) int unlink(const char* path) noexcept {
  return at_call(path, true) ? -1 : next<int(const char*)>("unlink")(path);
}
}
