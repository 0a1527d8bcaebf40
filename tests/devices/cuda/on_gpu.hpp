#pragma once
// What tests of the GPU's kernels share: memory there, elements of any bits, and what differs.
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include <tessera/core/device/devices.hpp>
#include <tessera/core/memory/pool.hpp>

namespace tessera::testing {

inline std::shared_ptr<Device> gpu() {
  static const auto device = make_device("cuda");
  return device;
}
inline MemoryPool& pool() {
  static const auto made = MemoryPool::create(0, gpu()->memory());
  return *made;
}

/// A buffer of the GPU with these bytes.
class OnGpu {
 public:
  explicit OnGpu(std::span<const std::byte> bytes)
      : buffer_(pool().shared_from_this(), std::max<std::int64_t>(1, size(bytes)), "test") {
    if (!bytes.empty()) gpu()->copy({}, {size(bytes)}, 1, {bytes.data(), {1}}, {buffer_.data(), {1}, Space::device});
    gpu()->wait(Stream{});
  }
  std::byte* data() const { return buffer_.data(); }
  std::vector<std::byte> bytes(std::int64_t n) const {
    std::vector<std::byte> host(static_cast<std::size_t>(n));
    if (n > 0) gpu()->copy({}, {n}, 1, {buffer_.data(), {1}, Space::device}, {host.data(), {1}});
    gpu()->wait(Stream{});
    return host;
  }

 private:
  static std::int64_t size(std::span<const std::byte> bytes) { return static_cast<std::int64_t>(bytes.size()); }
  Buffer buffer_;
};

/// Elements of any bits, small numbers and special ones. Bools are 0 or 1.
inline std::vector<std::byte> elements(DType type, std::int64_t n, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<std::byte> bytes(static_cast<std::size_t>(n * item_size(type)));
  visit_dtype(real_part(type), [&]<class T>(T) {
    if constexpr (!std::is_same_v<T, std::complex<float>> && !std::is_same_v<T, std::complex<double>>) {
      using L = std::numeric_limits<T>;
      const T special[] = {T(0),
                           T(-0.0),
                           T(1),
                           static_cast<T>(-1),
                           T(2),
                           L::max(),
                           L::lowest(),
                           L::min(),
                           L::infinity(),
                           static_cast<T>(-L::infinity()),
                           L::quiet_NaN(),
                           L::denorm_min(),
                           T(0.5),
                           T(3),
                           T(7),
                           static_cast<T>(2147483648.0),
                           static_cast<T>(9.3e18)};
      for (std::size_t at = 0; at < bytes.size(); at += sizeof(T)) {
        T v{};
        const auto r = random();
        if constexpr (std::is_same_v<T, bool>)
          v = r & 1;
        else if (r % 4 == 0)
          v = special[(r >> 8) % std::size(special)];
        else if (r % 4 == 1)
          std::memcpy(&v, &r, sizeof v);
        else if (r % 4 == 2)
          v = static_cast<T>(static_cast<double>(r >> 40) / 1e5 - 50);
        else
          v = static_cast<T>((r >> 8) % 9);
        std::memcpy(bytes.data() + at, &v, sizeof v);
      }
    }
  });
  return bytes;
}

inline bool is_nan(DType type, const std::byte* p) {
  double d = 0;
  float f = 0;
  if (type == DType::float32) return std::memcpy(&f, p, 4), std::isnan(f);
  if (type == DType::float64) return std::memcpy(&d, p, 8), std::isnan(d);
  return false;
}
/// The first element that differs, -1 if none does. NaN is NaN: what sign it has is not part of the bits.
inline std::int64_t difference(DType type, const std::vector<std::byte>& a, const std::vector<std::byte>& b) {
  const DType part = real_part(type);
  const auto item = static_cast<std::size_t>(item_size(part));
  for (std::size_t at = 0; at < a.size(); at += item)
    if (std::memcmp(&a[at], &b[at], item) != 0 && !(is_nan(part, &a[at]) && is_nan(part, &b[at])))
      return static_cast<std::int64_t>(at) / item_size(type);
  return -1;
}

}  // namespace tessera::testing
