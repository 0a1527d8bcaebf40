#pragma once
// MemoryPool: where every large buffer of a rank comes from. 64-byte aligned; blocks of 2 MiB and more lie on huge
// pages and are kept for reuse, because fresh pages cost more than the arithmetic on them. A limit makes it the budget:
// an allocation beyond it first gives cached blocks back, then throws. Thread-safe. Outlives whatever holds its buffers
// (shared_ptr).
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include <tessera/core/export.hpp>

namespace tessera {

class TESSERA_API MemoryPool : public std::enable_shared_from_this<MemoryPool> {
 public:
  /// limit in bytes; 0: none.
  static std::shared_ptr<MemoryPool> create(std::int64_t limit) {
    return std::shared_ptr<MemoryPool>(new MemoryPool(limit));
  }
  ~MemoryPool();
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  /// At least `bytes` bytes, uninitialised. throws MemoryBudgetError naming `purpose`.
  std::byte* allocate(std::int64_t bytes, const char* purpose);
  void release(std::byte* p, std::int64_t bytes) noexcept;
  /// Gives cached blocks back to the system.
  void free_all_blocks() noexcept;

  struct Statistics {
    std::int64_t in_use = 0, cached = 0, peak = 0, allocations = 0, reused = 0;
  };
  Statistics statistics() const;
  /// Starts a new peak at what is in use now.
  void reset_peak();
  std::int64_t limit() const { return limit_; }
  void set_limit(std::int64_t bytes) { limit_ = bytes; }
  /// What an allocation of `bytes` takes from the limit.
  static std::int64_t rounded(std::int64_t bytes);

 private:
  explicit MemoryPool(std::int64_t limit) : limit_(limit) {}
  std::byte* take_cached(std::int64_t size) noexcept;
  void free_cached(std::int64_t wanted) noexcept;

  mutable std::mutex mutex_;
  std::int64_t limit_;
  Statistics statistics_;
  std::map<std::int64_t, std::vector<std::byte*>> free_;  // by rounded size
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

 private:
  std::shared_ptr<MemoryPool> pool_;
  std::int64_t bytes_ = 0;
  std::byte* data_ = nullptr;
};

}  // namespace tessera
