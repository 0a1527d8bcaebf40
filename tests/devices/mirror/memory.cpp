#include "memory.hpp"

#include <sys/mman.h>

#include <cstring>
#include <new>

#include <tessera/core/errors.hpp>

namespace mirror {
namespace {

constexpr int poison = 0xE5;

std::byte* reserve(std::int64_t bytes, int access) {
  void* p = mmap(nullptr, static_cast<std::size_t>(bytes), access, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) throw std::bad_alloc();
  return static_cast<std::byte*>(p);
}

}  // namespace

Memory::Memory() : addresses_(reserve(reserved, PROT_NONE)), bytes_(reserve(reserved, PROT_READ | PROT_WRITE)) {
  free_[0] = reserved;
}

Memory::~Memory() {
  munmap(addresses_, static_cast<std::size_t>(reserved));
  munmap(bytes_, static_cast<std::size_t>(reserved));
}

// The first hole that is large enough.
std::byte* Memory::take(std::int64_t bytes) noexcept try {
  std::lock_guard lock(mutex_);
  // Starts are multiples of 64.
  const std::int64_t wanted = (bytes + 63) / 64 * 64;
  for (auto hole = free_.begin(); hole != free_.end(); ++hole) {
    const auto [at, size] = *hole;
    if (size < wanted) continue;
    taken_[at] = wanted;
    free_.erase(hole);
    if (size > wanted) free_[at + wanted] = size - wanted;
    std::memset(bytes_ + at, poison, static_cast<std::size_t>(wanted));
    return addresses_ + at;
  }
  return nullptr;
} catch (const std::bad_alloc&) {
  return nullptr;
}

void Memory::give_back(std::byte* block) noexcept {
  std::lock_guard lock(mutex_);
  const auto known = taken_.find(block - addresses_);
  if (known == taken_.end()) std::abort();  // not ours, or twice
  auto node = taken_.extract(known);
  std::memset(bytes_ + node.key(), poison, static_cast<std::size_t>(node.mapped()));
  auto hole = free_.insert(std::move(node)).position;
  if (const auto after = std::next(hole); after != free_.end() && hole->first + hole->second == after->first) {
    hole->second += after->second;
    free_.erase(after);
  }
  if (hole == free_.begin()) return;
  const auto before = std::prev(hole);
  if (before->first + before->second != hole->first) return;
  before->second += hole->second;
  free_.erase(hole);
}

std::byte* Memory::behind(const std::byte* address) const {
  const std::int64_t at = address - addresses_;
  if (at < 0 || at >= reserved)
    throw tessera::InternalError("mirror: memory of the host where the device's was expected");
  std::lock_guard lock(mutex_);
  auto block = taken_.upper_bound(at);
  if (block == taken_.begin()) throw tessera::InternalError("mirror: memory that nobody has");
  --block;
  if (at > block->first + block->second) throw tessera::InternalError("mirror: memory that nobody has");
  return bytes_ + at;
}

}  // namespace mirror
