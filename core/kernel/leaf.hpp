#pragma once
// The leaves of a chunk (combiner.hpp says what they are for). Apart from the combiners, so that the kernels of the
// SIMD targets know no shapes.
#include <tessera/core/kernel/combiner.hpp>
#include <tessera/core/shape.hpp>

namespace tessera {

/// Extents of the leaves of a chunk: kept axes whole, reduced axes (bits of `reduced`) filled from the last one
/// outwards. (8, 512, 512) reduced over all: (8, 8, 512) holds 32768 > 4096, so (1, 8, 512); over axis 0: (8, 512,
/// 512). room: positions of a leaf.
inline Dims leaf_extents(const Dims& chunk, std::uint32_t reduced, std::int64_t room = leaf_positions) {
  Dims leaf = chunk;
  for (int i = chunk.size() - 1; i >= 0; i--) {
    if (!(reduced >> i & 1u)) continue;
    leaf[i] = chunk[i] < room ? chunk[i] : room;
    if (leaf[i] < 1) leaf[i] = 1;
    room /= leaf[i];
    if (room < 1) room = 1;
  }
  return leaf;
}

}  // namespace tessera
