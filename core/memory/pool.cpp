#include <tessera/core/memory/pool.hpp>

#include <sys/mman.h>

#include <cstdlib>
#include <string>

#include <tessera/core/errors.hpp>
#include <tessera/core/sizes.hpp>

namespace tessera {
namespace {

constexpr std::int64_t huge_page = std::int64_t{2} << 20;

std::byte* map_pages(std::int64_t bytes) {
  if (bytes < huge_page) return static_cast<std::byte*>(std::aligned_alloc(64, static_cast<std::size_t>(bytes)));
  void* p = std::aligned_alloc(static_cast<std::size_t>(huge_page), static_cast<std::size_t>(bytes));
  if (p) madvise(p, static_cast<std::size_t>(bytes), MADV_HUGEPAGE);
  return static_cast<std::byte*>(p);
}

}  // namespace

std::int64_t MemoryPool::rounded(std::int64_t bytes) {
  const std::int64_t unit = bytes >= huge_page ? huge_page : bytes >= 4096 ? 4096 : 64;
  return bytes <= 0 ? 64 : (Amount(ceil_div(bytes, unit)) * unit).value();
}

MemoryPool::~MemoryPool() { free_all_blocks(); }

std::byte* MemoryPool::allocate(std::int64_t bytes, const char* purpose) {
  const std::int64_t size = rounded(bytes);
  std::lock_guard lock(mutex_);
  auto& s = statistics_;
  s.allocations++;
  std::byte* p = take_cached(size);
  if (p) {
    s.reused++;
  } else {
    const Amount needed = Amount(s.in_use) + size;
    if (limit_ && needed + s.cached > limit_) free_cached((needed + s.cached).value() - limit_);
    if (limit_ && needed > limit_)
      throw MemoryBudgetError(std::string(purpose) + ": " + std::to_string(bytes) +
                              " bytes don't fit: " + std::to_string(s.in_use) + " of the budget's " +
                              std::to_string(limit_) + " bytes are in use");
    p = map_pages(size);
    if (!p)
      throw MemoryBudgetError(std::string(purpose) + ": the system has no " + std::to_string(bytes) + " bytes left");
  }
  s.in_use += size;
  if (s.in_use > s.peak) s.peak = s.in_use;
  return p;
}

std::byte* MemoryPool::take_cached(std::int64_t size) noexcept {
  // Results that shrink by some rows from step to step fit where those before them were.
  for (auto cached = free_.lower_bound(size); cached != free_.end() && cached->first <= size + size / 8; ++cached) {
    if (cached->second.empty()) continue;
    std::byte* p = cached->second.back();
    cached->second.pop_back();
    statistics_.cached -= cached->first;
    if (cached->first > size)
      madvise(p + size, static_cast<std::size_t>(cached->first - size), MADV_DONTNEED);  // the block is smaller now
    return p;
  }
  return nullptr;
}

void MemoryPool::release(std::byte* p, std::int64_t bytes) noexcept {
  const std::int64_t size = rounded(bytes);
  std::lock_guard lock(mutex_);
  statistics_.in_use -= size;
  // Small blocks are malloc's own business.
  if (size < huge_page) {
    std::free(p);
    return;
  }
  try {
    free_[size].push_back(p);
    statistics_.cached += size;
  } catch (...) {
    std::free(p);
  }
}

void MemoryPool::free_cached(std::int64_t wanted) noexcept {
  for (auto& [size, blocks] : free_)
    while (!blocks.empty() && wanted > 0) {
      std::free(blocks.back());
      blocks.pop_back();
      statistics_.cached -= size;
      wanted -= size;
    }
}

void MemoryPool::free_all_blocks() noexcept {
  std::lock_guard lock(mutex_);
  free_cached(statistics_.cached);
}

MemoryPool::Statistics MemoryPool::statistics() const {
  std::lock_guard lock(mutex_);
  return statistics_;
}

void MemoryPool::reset_peak() {
  std::lock_guard lock(mutex_);
  statistics_.peak = statistics_.in_use;
}

}  // namespace tessera
