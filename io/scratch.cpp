#include <tessera/io/scratch.hpp>

#include <array>

#include <tessera/io/files.hpp>

namespace tessera::io {
namespace {

constexpr std::int64_t kept_bytes = std::int64_t{8}
                                    << 20;  // fresh pages cost about 2 ms for 8 MiB, decoding that 20 ms

struct Buffer {
  std::unique_ptr<std::byte[]> data;
  std::int64_t bytes = 0;
};
thread_local std::array<Buffer, 6> buffers;

}  // namespace

Scratch::Scratch(int slot, std::int64_t bytes) : slot_(slot) {
  Buffer& b = buffers[slot];
  if (b.bytes < bytes) {
    b = {};
    b.data = std::make_unique_for_overwrite<std::byte[]>(static_cast<std::size_t>(bytes));
    b.bytes = bytes;
  }
  data_ = b.data.get();
}

Scratch::~Scratch() {
  Buffer& b = buffers[slot_];
  if (b.bytes > kept_bytes) b = {};
}

}  // namespace tessera::io

void tessera::free_scratch() noexcept {
  for (auto& b : io::buffers) b = {};
}
