#pragma once
// MemorySource: where the bytes of one space come from. It allocates and frees; what may be allocated is the pool's
// business (pool.hpp). Thread-safe.
#include <cstddef>
#include <cstdint>
#include <memory>

#include <tessera/core/export.hpp>
#include <tessera/core/memory/space.hpp>

namespace tessera {

class TESSERA_API MemorySource {
 public:
  virtual ~MemorySource() = default;
  virtual Space space() const = 0;
  /// What a request for `bytes` takes.
  virtual std::int64_t rounded(std::int64_t bytes) const = 0;
  /// Blocks of so many bytes and more are kept for reuse when they are given back to the pool.
  virtual std::int64_t kept_from() const = 0;
  /// A block of `bytes`, as `rounded` gives them, aligned to 64; null when there is none.
  virtual std::byte* take(std::int64_t bytes) noexcept = 0;
  /// A block that `take` gave, whole again or smaller (`shrink`).
  virtual void give_back(std::byte* block) noexcept = 0;
  /// A kept block of `had` bytes is used as one of `bytes` from now on: what lies behind goes back to the system. false:
  /// blocks of this source stay as large as they are.
  virtual bool shrink(std::byte* block, std::int64_t bytes, std::int64_t had) noexcept = 0;
};

/// Ordinary memory; blocks of 2 MiB and more lie on huge pages where the system has them.
class TESSERA_API HostMemory final : public MemorySource {
 public:
  static std::shared_ptr<MemorySource> get();
  static std::int64_t rounded_bytes(std::int64_t bytes);
  Space space() const override { return Space::host; }
  std::int64_t rounded(std::int64_t bytes) const override { return rounded_bytes(bytes); }
  std::int64_t kept_from() const override;
  std::byte* take(std::int64_t bytes) noexcept override;
  void give_back(std::byte* block) noexcept override;
  bool shrink(std::byte* block, std::int64_t bytes, std::int64_t had) noexcept override;
};

}  // namespace tessera
