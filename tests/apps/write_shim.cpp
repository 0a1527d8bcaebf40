// For LD_PRELOAD: makes writes to unfinished targets (".tessera-part") fail or slow.
//   SHIM_FAIL_AT=3    the third pwrite fails with ENOSPC, and all after it   SHIM_RANK=1    on this rank alone (every
//   rank without it) SHIM_DELAY_MS=50  each pwrite takes so much longer                       SHIM_FAIL_SYNC=1  fsync
//   and fdatasync fail with EIO
#include <dlfcn.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

long number(const char* name, long otherwise) {
  const char* text = std::getenv(name);
  return text ? std::atol(text) : otherwise;
}

bool is_target(int file) {
  std::array<char, 4096> path{};
  return readlink(("/proc/self/fd/" + std::to_string(file)).c_str(), path.data(), path.size() - 1) > 0 &&
         std::strstr(path.data(), ".tessera-part") != nullptr;
}

bool is_chosen_rank() {
  const long rank = number("SHIM_RANK", -1);
  return rank < 0 || rank == number("OMPI_COMM_WORLD_RANK", 0);
}

template <class F>
F* next(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

std::atomic<long> writes{0};

/// True when this write is to fail.
bool fails(int file) {
  if (!is_target(file)) return false;
  if (const long delay = number("SHIM_DELAY_MS", 0)) usleep(static_cast<useconds_t>(delay * 1000));
  const long at = number("SHIM_FAIL_AT", 0);
  if (at == 0 || !is_chosen_rank() || ++writes < at) return false;
  errno = ENOSPC;
  return true;
}

bool sync_fails(int file) {
  if (number("SHIM_FAIL_SYNC", 0) == 0 || !is_target(file) || !is_chosen_rank()) return false;
  errno = EIO;
  return true;
}

}  // namespace

extern "C" {
__attribute__((visibility("default"))) ssize_t pwrite(int file, const void* data, size_t bytes, off_t at) {
  return fails(file) ? -1 : next<decltype(::pwrite)>("pwrite")(file, data, bytes, at);
}
__attribute__((visibility("default"))) ssize_t pwrite64(int file, const void* data, size_t bytes, off64_t at) {
  return fails(file) ? -1 : next<decltype(::pwrite64)>("pwrite64")(file, data, bytes, at);
}
__attribute__((visibility("default"))) int fsync(int file) {
  return sync_fails(file) ? -1 : next<decltype(::fsync)>("fsync")(file);
}
__attribute__((visibility("default"))) int fdatasync(int file) {
  return sync_fails(file) ? -1 : next<decltype(::fdatasync)>("fdatasync")(file);
}
}
