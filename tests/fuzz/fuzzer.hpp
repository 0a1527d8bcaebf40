#pragma once
// What the fuzzers share: bytes as a file without a disk, and the rule that whatever comes, the answer is a result or a
// typed error that blames the input.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>

#include <tessera/tessera.hpp>

namespace tessera::fuzz {

template <class F>
void must_refuse_or_accept(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::internal) return;
    std::fprintf(stderr, "an internal error: %s\n", error.what());
    std::abort();
  }
}

/// The bytes under a path, while it lives.
class MemoryFile {
 public:
  MemoryFile(const std::uint8_t* data, std::size_t size) : descriptor_(memfd_create("fuzz", 0)) {
    if (descriptor_ < 0 || ::write(descriptor_, data, size) != static_cast<ssize_t>(size)) std::abort();
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(descriptor_); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

/// Opens it and reads what is there, at most 4 MiB: larger headers must have been checked against the file's size.
inline void read_store(const Store& store) {
  const StoreInfo& info = store.info();
  for (auto extent : info.shape)
    if (extent == 0) return;
  Box box{Dims::filled(info.shape.size(), 0), info.shape};
  std::int64_t bytes = item_size(info.dtype);
  for (auto& extent : box.extent) {
    if (extent > 0 && bytes > (std::int64_t{4} << 20) / extent) extent = 1;
    bytes *= extent;
  }
  std::string elements(static_cast<std::size_t>(bytes), '\0');
  Dims strides = box.extent;
  std::int64_t stride = item_size(info.dtype);
  for (int i = strides.size() - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= box.extent[i];
  }
  store.read(box, reinterpret_cast<std::byte*>(elements.data()), strides);
}

}  // namespace tessera::fuzz
