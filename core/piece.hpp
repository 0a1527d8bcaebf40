#pragma once
// Piece: what one rank sends another, or gets from it, in an exchange.
#include <cstddef>
#include <cstdint>

namespace tessera {

/// One piece of an exchange: `bytes` bytes to or from rank `peer`. Both sides list the pieces of one pair in the same
/// order.
struct Piece {
  int peer;
  std::byte* data;
  std::int64_t bytes;
};

}  // namespace tessera
