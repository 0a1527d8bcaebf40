#include <tessera/core/memory/source.hpp>

#include <sys/mman.h>

#include <cstdlib>

#include <tessera/core/sizes.hpp>

namespace tessera {
namespace {
constexpr std::int64_t huge_page = std::int64_t{2} << 20;
}

std::shared_ptr<MemorySource> HostMemory::get() {
  static const auto host = std::make_shared<HostMemory>();
  return host;
}

std::int64_t HostMemory::rounded_bytes(std::int64_t bytes) {
  const std::int64_t unit = bytes >= huge_page ? huge_page : bytes >= 4096 ? 4096 : 64;
  return bytes <= 0 ? 64 : (Amount(ceil_div(bytes, unit)) * unit).value();
}

// Small blocks are malloc's own business.
std::int64_t HostMemory::kept_from() const { return huge_page; }

std::byte* HostMemory::take(std::int64_t bytes) noexcept {
  if (bytes < huge_page) return static_cast<std::byte*>(std::aligned_alloc(64, static_cast<std::size_t>(bytes)));
  void* p = std::aligned_alloc(static_cast<std::size_t>(huge_page), static_cast<std::size_t>(bytes));
  if (p) madvise(p, static_cast<std::size_t>(bytes), MADV_HUGEPAGE);
  return static_cast<std::byte*>(p);
}

void HostMemory::give_back(std::byte* block) noexcept { std::free(block); }

bool HostMemory::shrink(std::byte* block, std::int64_t bytes, std::int64_t had) noexcept {
  madvise(block + bytes, static_cast<std::size_t>(had - bytes), MADV_DONTNEED);
  return true;
}

}  // namespace tessera
