#pragma once
// Elements as what they are to whoever only moves them: words of their size.
#include <cstdint>
#include <utility>

namespace tessera {

/// Of 16 bytes: complex128, and a key with an index.
struct TwoWords {
  std::uint64_t first, second;
};

/// f(word): of `item` bytes, 1, 2, 4, 8 or 16.
template <class F>
decltype(auto) visit_item_word(std::int64_t item, F&& f) {
  switch (item) {
    case 1:
      return f(std::uint8_t{});
    case 2:
      return f(std::uint16_t{});
    case 4:
      return f(std::uint32_t{});
    case 8:
      return f(std::uint64_t{});
    default:
      return f(TwoWords{});
  }
}

}  // namespace tessera
