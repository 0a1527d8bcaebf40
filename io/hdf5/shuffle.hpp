#pragma once
// HDF5's shuffle filter: the first bytes of all elements, then all second bytes, ...; neighbours that differ little
// then compress well. Bytes behind the last whole element stay as they are. Three 2-byte elements a0 a1 | b0 b1 | c0 c1
// become a0 b0 c0 | a1 b1 c1.
#include <cstddef>
#include <cstdint>

namespace tessera::io::hdf5 {

void shuffle(const std::byte* from, std::int64_t bytes, std::int64_t item, std::byte* to);
void unshuffle(const std::byte* from, std::int64_t bytes, std::int64_t item, std::byte* to);

}  // namespace tessera::io::hdf5
