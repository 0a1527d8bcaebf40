#pragma once
// A box cut by the chunks of a file, of one shape all but for what sticks out of the array.
#include <algorithm>
#include <cstdint>

#include <tessera/core/box.hpp>
#include <tessera/core/chunk_grid.hpp>

namespace tessera::io {

/// The part of a box that lies in one chunk of the file.
struct ChunkPart {
  std::int64_t number;      ///< of the chunk, row-major
  Box part;                 ///< relative to the chunk
  std::int64_t memory = 0;  ///< offset of its first element from the box's, by the memory's strides
  bool whole = true;        ///< all of the chunk that is in the dataset
};

/// Calls f(const ChunkPart&) for each. `grid`: the regular one of `chunk`.
template <class F>
void for_each_chunk_part(const Dims& chunk, const ChunkGrid& grid, const Box& box, const Dims& strides, F&& f) {
  const int rank = box.rank();
  Dims first, count;
  for (int i = 0; i < rank; i++) {
    first.push_back(box.lo[i] / chunk[i]);
    count.push_back((box.lo[i] + box.extent[i] - 1) / chunk[i] - first[i] + 1);
  }
  for_each_index(count, [&](const Dims& at) {
    Dims coordinates = first;
    ChunkPart p{0, box};
    for (int i = 0; i < rank; i++) {
      coordinates[i] += at[i];
      const std::int64_t start = coordinates[i] * chunk[i], lo = std::max(box.lo[i], start);
      p.part.extent[i] = std::min(box.lo[i] + box.extent[i], start + chunk[i]) - lo;
      p.part.lo[i] = lo - start;
      p.memory += (lo - box.lo[i]) * strides[i];
      p.whole = p.whole && p.part.lo[i] == 0 && p.part.extent[i] == std::min(chunk[i], grid.axis(i).extent() - start);
    }
    p.number = grid.linear(coordinates);
    f(static_cast<const ChunkPart&>(p));
  });
}

}  // namespace tessera::io
