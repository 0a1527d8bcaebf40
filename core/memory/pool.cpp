#include <tessera/core/memory/pool.hpp>

#include <string>

#include <tessera/core/errors.hpp>
#include <tessera/core/sizes.hpp>

namespace tessera {

MemoryPool::~MemoryPool() { free_all_blocks(); }

std::byte* MemoryPool::allocate(std::int64_t bytes, const char* purpose) {
  const std::int64_t size = source_->rounded(bytes);
  std::lock_guard lock(mutex_);
  auto& s = statistics_;
  s.allocations++;
  std::byte* p = free_.take(size, *source_);
  if (p)
    s.reused++;
  else
    p = fresh(size, bytes, purpose);
  s.in_use += size;
  if (s.in_use > s.peak) s.peak = s.in_use;
  return p;
}

std::byte* MemoryPool::fresh(std::int64_t size, std::int64_t bytes, const char* purpose) {
  const std::int64_t used = statistics_.in_use;
  const Amount needed = Amount(used) + size;
  if (limit_ && needed + free_.bytes() > limit_) free_.give_back((needed + free_.bytes()).value() - limit_, *source_);
  if (limit_ && needed > limit_)
    throw MemoryBudgetError(std::string(purpose) + ": " + std::to_string(bytes) + " bytes don't fit: " +
                            std::to_string(used) + " of the budget's " + std::to_string(limit_) + " bytes are in use");
  std::byte* p = source_->take(size);
  if (!p)
    throw MemoryBudgetError(std::string(purpose) + ": the system has no " + std::to_string(bytes) + " bytes left");
  return p;
}

void MemoryPool::release(std::byte* p, std::int64_t bytes) noexcept {
  const std::int64_t size = source_->rounded(bytes);
  std::lock_guard lock(mutex_);
  statistics_.in_use -= size;
  if (size < source_->kept_from() || !free_.put(p, size)) source_->give_back(p);
}

void MemoryPool::free_all_blocks() noexcept {
  std::lock_guard lock(mutex_);
  free_.give_back(free_.bytes(), *source_);
}

MemoryPool::Statistics MemoryPool::statistics() const {
  std::lock_guard lock(mutex_);
  Statistics s = statistics_;
  s.cached = free_.bytes();
  return s;
}

void MemoryPool::reset_peak() {
  std::lock_guard lock(mutex_);
  statistics_.peak = statistics_.in_use;
}

}  // namespace tessera
