#pragma once
// What a compiled kernel (simt.hpp) and the driver (block.hpp) share.
#include <stdint.h>

namespace simt {

struct Index {
  unsigned x = 0, y = 0, z = 0;
};

/// How lanes of a warp meet: each brings a value and a bit, and gets the value of lane `source` and everybody's bits.
struct Meeting {
  unsigned mask = 0;
  int line = 0, source = 0;
  uint64_t value = 0;  ///< afterwards: poison when `source` takes no part
  unsigned ballot = 0;
};

/// One per loaded module: where the running thread is, which the driver sets, and whom it calls to meet others.
struct Context {
  Index thread, block, block_dim{1, 1, 1}, grid_dim{1, 1, 1};
  void (*barrier)(int line) = nullptr;
  void (*meet)(Meeting&) = nullptr;
};

/// Bytes of shared memory that a launch may ask for.
inline constexpr unsigned most_shared = 48 << 10;

/// NaN as float32 and as float64, and no likely integer: what nobody has written.
inline constexpr uint32_t poison = 0xFFF4DEADu;

}  // namespace simt
