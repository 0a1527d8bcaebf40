// For LD_PRELOAD: makes writes to unfinished targets (".tessera-part") fail or slow.
//   SHIM_FAIL_AT=3    the third pwrite fails with ENOSPC, and all after it   SHIM_RANK=1    on this rank alone (every
//   rank without it) SHIM_DELAY_MS=50  each pwrite takes so much longer, SHIM_DELAY_RANK=1 on this rank alone
//   SHIM_FAIL_SYNC=1  fsync and fdatasync fail with EIO
//   SHIM_DELAY_SYNC_MS=50  each fsync takes so much longer
//   SHIM_DELAY_CREATE_MS=50  so long after a file was created nothing is done with it yet
//   SHIM_NO_FLOCK=38  flock fails with this number of an error, as where a file system has no locks
//   SHIM_HOLD=f SHIM_HOLD_FILE=x.npy  after the first pread of 4 KiB or more from a file of such a name, f.held is
//   made, and the program waits there until f.go exists
//   SHIM_SIGNAL_AT_END=15  main has returned, and the process is sent this signal
//   SHIM_FAIL_READ=3  the third pread of the program fails with EIO          SHIM_FAIL_NEW=3  the third operator new
//   after main's start throws; SHIM_REPORT=1: the number of both goes to stderr when the program ends
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

namespace {

long number(const char* name, long otherwise) {
  const char* text = std::getenv(name);
  return text ? std::atol(text) : otherwise;
}

bool has_name(int file, const char* part) {
  std::array<char, 4096> path{};
  return readlink(("/proc/self/fd/" + std::to_string(file)).c_str(), path.data(), path.size() - 1) > 0 &&
         std::strstr(path.data(), part) != nullptr;
}

bool is_target(int file) { return has_name(file, ".tessera-part"); }

std::atomic<bool> held{false};
ssize_t hold_after(int file, ssize_t got) {
  const char* flag = std::getenv("SHIM_HOLD");
  if (flag == nullptr || got < 4096 || !has_name(file, std::getenv("SHIM_HOLD_FILE")) || held.exchange(true))
    return got;
  const std::string name = flag;
  close(creat((name + ".held").c_str(), 0644));
  while (access((name + ".go").c_str(), F_OK) != 0) usleep(5000);
  return got;
}

void sleep_for(const char* name) {
  if (const long delay = number(name, 0)) usleep(static_cast<useconds_t>(delay * 1000));
}

bool is_chosen_rank() {
  const long rank = number("SHIM_RANK", -1);
  return rank < 0 || rank == number("OMPI_COMM_WORLD_RANK", 0);
}

bool is_delayed_rank() {
  const long rank = number("SHIM_DELAY_RANK", -1);
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
  if (is_delayed_rank()) sleep_for("SHIM_DELAY_MS");
  const long at = number("SHIM_FAIL_AT", 0);
  if (at == 0 || !is_chosen_rank() || ++writes < at) return false;
  errno = ENOSPC;
  return true;
}

bool sync_fails(int file) {
  if (is_target(file)) sleep_for("SHIM_DELAY_SYNC_MS");
  if (number("SHIM_FAIL_SYNC", 0) == 0 || !is_target(file) || !is_chosen_rank()) return false;
  errno = EIO;
  return true;
}

// Read once: getenv at every allocation would be slow, and std::string in it would allocate again.
struct Counted {
  long at = 0;
  std::atomic<long> calls{0};
  bool fails() { return ++calls == at; }
};
Counted reads, allocations;
bool started = false;
int (*program)(int, char**, char**) = nullptr;
int start(int argc, char** argv, char** environment) {
  if (is_chosen_rank()) {
    reads.at = number("SHIM_FAIL_READ", 0);
    allocations.at = number("SHIM_FAIL_NEW", 0);
  }
  started = true;
  const int code = program(argc, argv, environment);
  started = false;
  if (const long signal = number("SHIM_SIGNAL_AT_END", 0)) raise(static_cast<int>(signal));
  return code;
}
__attribute__((destructor)) void report() {
  if (number("SHIM_REPORT", 0) != 0 && is_chosen_rank())
    std::fprintf(stderr, "shim: %ld reads, %ld allocations\n", reads.calls.load(), allocations.calls.load());
}

}  // namespace

#ifndef __SANITIZE_ADDRESS__  // which has its own
__attribute__((visibility("default"))) void* operator new(std::size_t bytes) {
  if (started && allocations.fails()) throw std::bad_alloc();
  if (void* p = std::malloc(bytes != 0 ? bytes : 1)) return p;
  throw std::bad_alloc();
}
__attribute__((visibility("default"))) void operator delete(void* p) noexcept { std::free(p); }
__attribute__((visibility("default"))) void operator delete(void* p, std::size_t) noexcept { std::free(p); }
#endif

extern "C" {
/// What calls main: nothing can be caught before it.
__attribute__((visibility("default"))) int __libc_start_main(int (*main)(int, char**, char**), int argc, char** argv,
                                                             void (*init)(), void (*fini)(), void (*rtld_fini)(),
                                                             void* stack) {
  program = main;
  return next<int(int (*)(int, char**, char**), int, char**, void (*)(), void (*)(), void (*)(), void*)>(
      "__libc_start_main")(start, argc, argv, init, fini, rtld_fini, stack);
}
__attribute__((visibility("default"))) ssize_t pread(int file, void* to, size_t bytes, off_t at) {
  if (reads.fails()) {
    errno = EIO;
    return -1;
  }
  return hold_after(file, next<decltype(::pread)>("pread")(file, to, bytes, at));
}
__attribute__((visibility("default"))) ssize_t pread64(int file, void* to, size_t bytes, off64_t at) {
  if (reads.fails()) {
    errno = EIO;
    return -1;
  }
  return hold_after(file, next<decltype(::pread64)>("pread64")(file, to, bytes, at));
}
__attribute__((visibility("default"))) ssize_t pwrite(int file, const void* data, size_t bytes, off_t at) {
  return fails(file) ? -1 : next<decltype(::pwrite)>("pwrite")(file, data, bytes, at);
}
__attribute__((visibility("default"))) ssize_t pwrite64(int file, const void* data, size_t bytes, off64_t at) {
  return fails(file) ? -1 : next<decltype(::pwrite64)>("pwrite64")(file, data, bytes, at);
}
__attribute__((visibility("default"))) int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  const int file = next<int(const char*, int, ...)>("open")(path, flags, mode);
  if (file >= 0 && (flags & O_CREAT) != 0 && is_target(file)) sleep_for("SHIM_DELAY_CREATE_MS");
  return file;
}
__attribute__((visibility("default"))) int flock(int file, int operation) {
  const long error = number("SHIM_NO_FLOCK", 0);
  if (error == 0) return next<decltype(::flock)>("flock")(file, operation);
  errno = static_cast<int>(error);
  return -1;
}
__attribute__((visibility("default"))) int fsync(int file) {
  return sync_fails(file) ? -1 : next<decltype(::fsync)>("fsync")(file);
}
__attribute__((visibility("default"))) int fdatasync(int file) {
  return sync_fails(file) ? -1 : next<decltype(::fdatasync)>("fdatasync")(file);
}
}
