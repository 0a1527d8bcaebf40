#pragma once
// MemoryPool: where every large buffer of a rank in one space comes from. It is the budget: it counts what is in use,
// and an allocation beyond its limit first gives kept blocks back, then throws. The bytes come from a MemorySource;
// blocks that are given back are kept for reuse (free_blocks.hpp). Pools of several sources may count in one budget:
// pinned memory is the host's. Thread-safe. Outlives whatever holds its buffers (shared_ptr).
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include <tessera/core/export.hpp>
#include <tessera/core/memory/free_blocks.hpp>
#include <tessera/core/memory/source.hpp>

namespace tessera {

class TESSERA_API MemoryPool : public std::enable_shared_from_this<MemoryPool> {
 public:
  /// limit in bytes of the source's space; 0: none.
  static std::shared_ptr<MemoryPool> create(std::int64_t limit,
                                            std::shared_ptr<MemorySource> source = HostMemory::get()) {
    return std::shared_ptr<MemoryPool>(new MemoryPool(limit, std::move(source), nullptr));
  }
  /// A pool of another source, whose bytes count in the budget of `budget` as its own do; either gives kept blocks of both
  /// back before it refuses. `budget`: no such pool itself.
  static std::shared_ptr<MemoryPool> create_within(std::shared_ptr<MemoryPool> budget,
                                                   std::shared_ptr<MemorySource> source);
  ~MemoryPool();
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  /// At least `bytes` bytes, uninitialised. throws MemoryBudgetError naming `purpose`.
  std::byte* allocate(std::int64_t bytes, const char* purpose);
  void release(std::byte* p, std::int64_t bytes) noexcept;
  /// Gives kept blocks back to the system.
  void free_all_blocks() noexcept;

  struct Statistics {
    std::int64_t in_use = 0, cached = 0, peak = 0, allocations = 0, reused = 0;
  };
  /// In bytes; in_use, cached and peak also of the pools within this one.
  Statistics statistics() const;
  /// Starts a new peak at what is in use now.
  void reset_peak();
  std::int64_t limit() const { return within_ ? within_->limit_ : limit_; }
  void set_limit(std::int64_t bytes) { limit_ = bytes; }
  Space space() const { return source_->space(); }
  const MemorySource* source() const { return source_.get(); }
  /// What an allocation of `bytes` takes from the limit of host memory.
  static std::int64_t rounded(std::int64_t bytes) { return HostMemory::rounded_bytes(bytes); }

 private:
  MemoryPool(std::int64_t limit, std::shared_ptr<MemorySource> source, std::shared_ptr<MemoryPool> within)
      : source_(std::move(source)), within_(std::move(within)), limit_(limit) {}
  std::mutex& mutex() const { return within_ ? within_->mutex_ : mutex_; }
  // With the mutex held:
  std::byte* fresh(std::int64_t size, std::int64_t bytes, const char* purpose);
  void count(std::int64_t bytes);
  std::int64_t kept_bytes() const;
  void give_back_kept(std::int64_t wanted) noexcept;

  const std::shared_ptr<MemorySource> source_;
  const std::shared_ptr<MemoryPool> within_;  // whose budget this one's bytes count in; null: its own
  std::vector<MemoryPool*> parts_;            // the pools within this one
  mutable std::mutex mutex_;
  std::int64_t limit_;
  Statistics statistics_;  // but `cached`, which is what free_ has
  FreeBlocks free_;
};

/// A buffer of a pool, given back when it dies.
class TESSERA_API Buffer {
 public:
  Buffer() = default;
  Buffer(std::shared_ptr<MemoryPool> pool, std::int64_t bytes, const char* purpose)
      : pool_(std::move(pool)), bytes_(bytes), data_(pool_->allocate(bytes, purpose)) {}
  Buffer(Buffer&& o) noexcept : pool_(std::move(o.pool_)), bytes_(o.bytes_), data_(o.data_) {
    o.data_ = nullptr, o.bytes_ = 0;
  }
  Buffer& operator=(Buffer&& o) noexcept {
    std::swap(pool_, o.pool_), std::swap(bytes_, o.bytes_), std::swap(data_, o.data_);
    return *this;
  }
  ~Buffer() {
    if (data_) pool_->release(data_, bytes_);
  }
  std::byte* data() const { return data_; }
  std::int64_t bytes() const { return bytes_; }
  /// Where the bytes lie; of a buffer without bytes: the host.
  Space space() const { return pool_ ? pool_->space() : Space::host; }
  const std::shared_ptr<MemoryPool>& pool() const { return pool_; }

 private:
  std::shared_ptr<MemoryPool> pool_;
  std::int64_t bytes_ = 0;
  std::byte* data_ = nullptr;
};

}  // namespace tessera
