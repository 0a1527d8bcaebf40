#pragma once
// How many leaves of thin chunks are folded and combined in one pass (device/host_together.hpp).
#include <cstdint>

namespace tessera {

inline constexpr std::int64_t most_rows_together = 16, most_leaves_together = 8;

/// Of leaves with `rows` elements for each output: a power of two, whose rows are most_rows_together at most. 1 where it
/// isn't worth it.
constexpr std::int64_t leaves_together(std::int64_t rows) {
  std::int64_t n = most_leaves_together;
  while (n > 1 && n * rows > most_rows_together) n /= 2;
  return n;
}

}  // namespace tessera
