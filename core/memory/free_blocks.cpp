#include <tessera/core/memory/free_blocks.hpp>

namespace tessera {

bool FreeBlocks::put(std::byte* block, std::int64_t size) noexcept try {
  blocks_[size].push_back(block);
  bytes_ += size;
  return true;
} catch (...) {
  return false;
}

std::byte* FreeBlocks::take(std::int64_t size, MemorySource& source) noexcept {
  // Results that shrink by some rows from step to step fit where those before them were.
  for (auto kept = blocks_.lower_bound(size); kept != blocks_.end() && kept->first <= size + size / 8; ++kept) {
    if (kept->second.empty()) continue;
    std::byte* block = kept->second.back();
    if (kept->first > size && !source.shrink(block, size, kept->first)) return nullptr;
    kept->second.pop_back();
    bytes_ -= kept->first;
    return block;
  }
  return nullptr;
}

void FreeBlocks::give_back(std::int64_t wanted, MemorySource& source) noexcept {
  for (auto& [size, blocks] : blocks_)
    while (!blocks.empty() && wanted > 0) {
      source.give_back(blocks.back());
      blocks.pop_back();
      bytes_ -= size;
      wanted -= size;
    }
}

}  // namespace tessera
