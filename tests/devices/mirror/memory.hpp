#pragma once
// The memory of the mirror device: addresses that the host can't read, each with a twin address at a fixed distance where the bytes
// are. Whoever touches a device's address without the device dies of it.
#include <cstddef>
#include <map>
#include <mutex>

#include <tessera/core/memory/source.hpp>

namespace mirror {

class Memory final : public tessera::MemorySource {
 public:
  Memory();
  ~Memory() override;
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  tessera::Space space() const override { return tessera::Space::device; }
  // Other sizes than the host's, so that plans can't take the one for the other.
  std::int64_t rounded(std::int64_t bytes) const override {
    return bytes <= 0 ? unit : (bytes + unit - 1) / unit * unit;
  }
  std::int64_t kept_from() const override { return 64 << 10; }
  /// Poisoned, as memory is that was used before.
  std::byte* take(std::int64_t bytes) noexcept override;
  void give_back(std::byte* block) noexcept override;
  bool shrink(std::byte*, std::int64_t, std::int64_t) noexcept override { return false; }

  /// Where the bytes of an address of the device are. throws InternalError for the host's addresses, and for memory that was given
  /// back or never taken.
  std::byte* behind(const std::byte* address) const;

 private:
  static constexpr std::int64_t unit = 768, reserved = std::int64_t{16} << 30;
  std::byte* addresses_ = nullptr;  // no access
  std::byte* bytes_ = nullptr;
  mutable std::mutex mutex_;
  std::map<std::int64_t, std::int64_t> taken_, free_;  // offset -> bytes
};

}  // namespace mirror
