#include "memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

namespace simulated {
namespace {

constexpr std::size_t page = 4096, alignment = 256;
constexpr std::size_t guard = 1 << 20;  // addresses alone: an index that is wrong is as a rule not wrong by one
std::size_t rounded(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

void poison_bytes(char* p, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; i += sizeof poison)
    std::memcpy(p + i, &poison, std::min(bytes - i, sizeof poison));
}

}  // namespace

Memory::~Memory() {
  for (auto& [p, m] : mappings_) munmap(m.base, m.mapped);
}

void* Memory::take(std::size_t bytes) {
  if (bytes == 0 || bytes > free_bytes()) return nullptr;
  const std::size_t room = rounded(bytes, alignment), mapped = rounded(room, page) + guard;
  void* base = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) return nullptr;
  char* end = static_cast<char*>(base) + mapped - guard;
  mprotect(end, guard, PROT_NONE);
  char* p = end - room;
  poison_bytes(p, room);
  mappings_[p] = {bytes, mapped, static_cast<char*>(base)};
  in_use_ += bytes;
  return p;
}

bool Memory::give_back(void* p) {
  const auto at = mappings_.find(static_cast<char*>(p));
  if (at == mappings_.end()) return false;
  const Mapping m = at->second;
  char expected[alignment + sizeof poison];
  poison_bytes(expected, sizeof expected);
  const std::size_t rest = rounded(m.bytes, alignment) - m.bytes;
  const bool intact = std::memcmp(static_cast<char*>(p) + m.bytes, expected + m.bytes % sizeof poison, rest) == 0;
  mappings_.erase(at);
  munmap(m.base, m.mapped);
  in_use_ -= m.bytes;
  return intact;
}

bool Memory::has(const void* p, std::size_t bytes) const {
  const auto* c = static_cast<const char*>(p);
  const auto next = mappings_.upper_bound(c);
  if (next == mappings_.begin()) return false;
  const auto& [begin, m] = *std::prev(next);
  return bytes <= m.bytes && static_cast<std::size_t>(c - begin) <= m.bytes - bytes;
}

}  // namespace simulated
