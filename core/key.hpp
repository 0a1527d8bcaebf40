#pragma once
// Key: plain values one after another, as bytes. Hashes are made of keys, and where two hashes are equal the keys are
// compared: a hash that collides costs a comparison, never a wrong result. The same on every rank and in every run.
//   Key().add(-1).add("ab")  is the bytes  01 02 'a' 'b'   (integers zigzag in groups of 7 bits, texts after their
//   length)
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include <tessera/core/export.hpp>

namespace tessera {

class ChunkGrid;
class IndexTransform;
class Scalar;

class TESSERA_API Key {
 public:
  template <class T>
  requires(std::is_integral_v<T> || std::is_enum_v<T>) Key& add(T v) {
    const auto n = static_cast<std::int64_t>(v);
    auto bits = static_cast<std::uint64_t>(n) << 1 ^ static_cast<std::uint64_t>(n >> 63);
    for (; bits >= 0x80; bits >>= 7) bytes_.push_back(static_cast<char>(bits | 0x80));
    bytes_.push_back(static_cast<char>(bits));
    return *this;
  }
  /// Its bits: 0.0 and -0.0 are two values, a NaN is one.
  Key& add(double v);
  Key& add(std::string_view text);
  Key& add(const Key& other) { return add(std::string_view(other.bytes_)); }
  /// Kind and value: 2, 2.0 and True are three.
  Key& add(const Scalar& s);
  Key& add(const IndexTransform& t);
  Key& add(const ChunkGrid& grid);

  /// Room for that many bytes without another allocation.
  Key& reserve(std::size_t bytes) {
    bytes_.reserve(bytes);
    return *this;
  }
  /// Empty again; keeps its room.
  void clear() { bytes_.clear(); }

  const std::string& bytes() const { return bytes_; }
  std::uint64_t hash() const;
  bool operator==(const Key&) const = default;

 private:
  std::string bytes_;
};

/// For unordered containers.
struct KeyHash {
  std::size_t operator()(const Key& key) const { return key.hash(); }
};

}  // namespace tessera
