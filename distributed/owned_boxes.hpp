#pragma once
// The chunks of a rank as few boxes of chunks: a run of n axes is at most 2 n - 1 of them.
//   of 3 x 4 chunks in row-major order, [2, 9) is row 0 from 2 on, row 1, and chunk (2, 0)
#include <vector>

#include <tessera/distributed/distribution.hpp>

namespace tessera {

/// In the order of the owners. Of a table and the like each chunk is a box of its own, found by asking all chunks.
std::vector<Box> owned_boxes(const Distribution& owners, int rank);

}  // namespace tessera
