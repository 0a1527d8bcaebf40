#include "faults.hpp"

#include <dlfcn.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <new>

namespace {

using tessera::testing::Fault;
using tessera::testing::FaultKind;

template <class F>
F* next_function(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

#define TESSERA_EXPORTED __attribute__((visibility("default")))
extern "C" {
TESSERA_EXPORTED ssize_t pread(int file, void* to, size_t n, off_t at) {
  static const auto next = next_function<ssize_t(int, void*, size_t, off_t)>("pread");
  if (!Fault::fails(FaultKind::read)) return next(file, to, n, at);
  errno = EIO;
  return -1;
}
TESSERA_EXPORTED ssize_t pwrite(int file, const void* from, size_t n, off_t at) {
  static const auto next = next_function<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  if (!Fault::fails(FaultKind::write)) return next(file, from, n, at);
  errno = ENOSPC;
  return -1;
}
TESSERA_EXPORTED ssize_t copy_file_range(int from, off64_t* from_at, int to, off64_t* to_at, size_t n, unsigned flags) {
  static const auto next = next_function<ssize_t(int, off64_t*, int, off64_t*, size_t, unsigned)>("copy_file_range");
  if (!Fault::fails(FaultKind::write)) return next(from, from_at, to, to_at, n, flags);
  errno = ENOSPC;
  return -1;
}
TESSERA_EXPORTED int fsync(int file) {
  static const auto next = next_function<int(int)>("fsync");
  if (!Fault::fails(FaultKind::flush)) return next(file);
  errno = EIO;
  return -1;
}
TESSERA_EXPORTED void* aligned_alloc(size_t alignment, size_t n) noexcept {
  static const auto next = next_function<void*(size_t, size_t)>("aligned_alloc");
  return Fault::fails(FaultKind::pool) ? nullptr : next(alignment, n);
}
}

TESSERA_EXPORTED void* operator new(size_t n) {
  if (Fault::fails(FaultKind::allocation)) throw std::bad_alloc();
  if (void* p = std::malloc(n ? n : 1)) return p;
  throw std::bad_alloc();
}
TESSERA_EXPORTED void operator delete(void* p) noexcept { std::free(p); }
TESSERA_EXPORTED void operator delete(void* p, size_t) noexcept { std::free(p); }
