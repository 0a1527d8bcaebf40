#include <tessera/core/memory/pool.hpp>

#include <string>

#include <tessera/core/errors.hpp>
#include <tessera/core/sizes.hpp>

namespace tessera {

std::shared_ptr<MemoryPool> MemoryPool::create_within(std::shared_ptr<MemoryPool> budget,
                                                      std::shared_ptr<MemorySource> source) {
  MemoryPool& whole = *budget;
  std::shared_ptr<MemoryPool> part(new MemoryPool(0, std::move(source), std::move(budget)));
  std::lock_guard lock(whole.mutex_);
  whole.parts_.push_back(part.get());
  return part;
}

MemoryPool::~MemoryPool() {
  free_all_blocks();
  if (!within_) return;
  std::lock_guard lock(mutex());
  std::erase(within_->parts_, this);
}

std::byte* MemoryPool::allocate(std::int64_t bytes, const char* purpose) {
  const std::int64_t size = source_->rounded(bytes);
  std::lock_guard lock(mutex());
  statistics_.allocations++;
  std::byte* p = free_.take(size, *source_);
  if (p)
    statistics_.reused++;
  else
    p = fresh(size, bytes, purpose);
  count(size);
  if (within_) within_->count(size);
  return p;
}

void MemoryPool::count(std::int64_t bytes) {
  auto& s = statistics_;
  s.in_use += bytes;
  if (s.in_use > s.peak) s.peak = s.in_use;
}

std::int64_t MemoryPool::kept_bytes() const {
  std::int64_t bytes = free_.bytes();
  for (const MemoryPool* part : parts_) bytes += part->free_.bytes();
  return bytes;
}

void MemoryPool::give_back_kept(std::int64_t wanted) noexcept {
  const std::int64_t own = free_.bytes();
  free_.give_back(wanted, *source_);
  wanted -= own - free_.bytes();
  for (MemoryPool* part : parts_) {
    if (wanted <= 0) return;
    const std::int64_t had = part->free_.bytes();
    part->free_.give_back(wanted, *part->source_);
    wanted -= had - part->free_.bytes();
  }
}

std::byte* MemoryPool::fresh(std::int64_t size, std::int64_t bytes, const char* purpose) {
  MemoryPool& budget = within_ ? *within_ : *this;
  const std::int64_t used = budget.statistics_.in_use, limit = budget.limit_, kept = budget.kept_bytes();
  const Amount needed = Amount(used) + size;
  if (limit && needed + kept > limit) budget.give_back_kept((needed + kept).value() - limit);
  if (limit && needed > limit)
    throw MemoryBudgetError(std::string(purpose) + ": " + std::to_string(bytes) + " bytes don't fit: " +
                            std::to_string(used) + " of the budget's " + std::to_string(limit) + " bytes are in use");
  std::byte* p = source_->take(size);
  if (!p)
    throw MemoryBudgetError(std::string(purpose) + ": the system has no " + std::to_string(bytes) + " bytes left");
  return p;
}

void MemoryPool::release(std::byte* p, std::int64_t bytes) noexcept {
  const std::int64_t size = source_->rounded(bytes);
  std::lock_guard lock(mutex());
  count(-size);
  if (within_) within_->count(-size);
  if (size < source_->kept_from() || !free_.put(p, size)) source_->give_back(p);
}

void MemoryPool::free_all_blocks() noexcept {
  std::lock_guard lock(mutex());
  give_back_kept(kept_bytes());
}

MemoryPool::Statistics MemoryPool::statistics() const {
  std::lock_guard lock(mutex());
  Statistics s = statistics_;
  s.cached = kept_bytes();
  return s;
}

void MemoryPool::reset_peak() {
  std::lock_guard lock(mutex());
  statistics_.peak = statistics_.in_use;
}

}  // namespace tessera
