#pragma once
// FreeBlocks: blocks that nobody uses and that are kept, because fresh pages cost more than the arithmetic on them. Not
// thread-safe: the pool's lock is held.
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include <tessera/core/memory/source.hpp>

namespace tessera {

class FreeBlocks {
 public:
  std::int64_t bytes() const { return bytes_; }
  /// Keeps a block. returns: false when there is no memory for its entry.
  bool put(std::byte* block, std::int64_t size) noexcept;
  /// A block of `size` bytes, also from one that is at most an eighth larger where the source makes that smaller; null when
  /// there is none.
  std::byte* take(std::int64_t size, MemorySource& source) noexcept;
  /// Gives blocks back to the source until `wanted` bytes are, or none is left.
  void give_back(std::int64_t wanted, MemorySource& source) noexcept;

 private:
  std::map<std::int64_t, std::vector<std::byte*>> blocks_;  // by size
  std::int64_t bytes_ = 0;
};

}  // namespace tessera
