#pragma once
// Memory as a GPU has it: fresh bytes are poison, and 1 MiB behind a buffer can't be touched.
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "simt_context.hpp"

namespace simulated {

using simt::poison;

class Memory {
 public:
  explicit Memory(std::size_t limit) : limit_(limit) {}
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  /// Aligned to 256, as cuMemAlloc's; what nobody may touch follows on the last element that such a start leaves
  /// room for. null when the GPU has no room.
  void* take(std::size_t bytes);
  /// returns: false for what is no start of a buffer, or when somebody wrote between the end and that.
  bool give_back(void* p);
  std::size_t free_bytes() const { return limit_ - in_use_; }
  std::size_t limit() const { return limit_; }
  /// True when the bytes are all of one buffer.
  bool has(const void* p, std::size_t bytes) const;

 private:
  struct Mapping {
    std::size_t bytes, mapped;
    char* base;
  };
  std::map<const char*, Mapping> mappings_;  // by first byte
  std::size_t limit_, in_use_ = 0;
};

}  // namespace simulated
