#pragma once
// Memory of one thread for what passes through on its way between a file and its destination. Kept between calls while
// it is small, given back when it is large.
#include <cstddef>
#include <cstdint>
#include <memory>

namespace tessera::io {

/// Pieces of a file that are not read straight into their destination pass through this many bytes.
inline constexpr std::int64_t piece_bytes = std::int64_t{256} << 10;

/// Takes a buffer of this thread; slots 0 to 5 are separate. The memory is the caller's until the value dies.
class Scratch {
 public:
  Scratch(int slot, std::int64_t bytes);
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();
  std::byte* data() const { return data_; }

 private:
  int slot_;
  std::byte* data_;
};

}  // namespace tessera::io
