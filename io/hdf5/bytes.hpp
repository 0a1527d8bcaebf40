#pragma once
// Bytes of a file's metadata, little-endian, with a cursor that never leaves them. Private to io/hdf5.
#include <cstdint>
#include <string>
#include <string_view>

#include <tessera/io/positioned_file.hpp>

namespace tessera::io::hdf5 {

/// Thrown inside the checks; whoever knows the object's name makes an IoError of it.
struct Damaged {};

class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t number(std::size_t n) {
    const std::string_view b = take(n);
    std::uint64_t v = 0;
    for (std::size_t i = n; i-- > 0;) v = v << 8 | static_cast<unsigned char>(b[i]);
    return v;
  }
  std::string_view take(std::size_t n) {
    if (n > bytes_.size()) throw Damaged{};
    const auto b = bytes_.substr(0, n);
    bytes_.remove_prefix(n);
    return b;
  }
  std::size_t left() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
};

inline void require(bool holds) {
  if (!holds) throw Damaged{};
}
inline std::uint64_t product(std::uint64_t a, std::uint64_t b) {
  std::uint64_t n = 0;
  require(!__builtin_mul_overflow(a, b, &n));
  return n;
}
/// HDF5's address of nothing.
constexpr std::uint64_t no_address = ~std::uint64_t{0};

/// Where the addresses in a file's metadata count from.
struct Metadata {
  const PositionedFile& file;
  std::uint64_t base = 0;  ///< the bytes of the user block
  bool shares = false;     ///< the file has a table of shared messages

  /// `bytes` at `address`. throws Damaged when the file has fewer, or that is more than metadata has in one piece.
  std::string read(std::uint64_t address, std::uint64_t bytes) const {
    constexpr std::uint64_t most = std::uint64_t{64} << 20;
    const auto size = static_cast<std::uint64_t>(file.size());
    require(bytes <= most && base <= size && address <= size - base && bytes <= size - base - address);
    std::string all(bytes, '\0');
    file.read(static_cast<std::int64_t>(base + address), reinterpret_cast<std::byte*>(all.data()),
              static_cast<std::int64_t>(bytes));
    return all;
  }
};

}  // namespace tessera::io::hdf5
