#pragma once
// How a host program's blocks become a chunk grid: pure geometry. Every rank has at most one block; together they must
// be all the cells of a Cartesian grid. Blocks [0,40)x[0,60) and [40,80)x[0,60) of an (80, 60) array: chunks ((40, 40),
// (60)), one each.
#include <tessera/core/chunk_grid.hpp>
#include <vector>

namespace tessera {

struct Decomposition {
  ChunkGrid grid;
  std::vector<int> owners;  ///< by chunk
};

/// blocks: one per rank; an extent of 0 means none. throws ShapeError showing the blocks when they don't tile `shape`.
TESSERA_API Decomposition decompose(const Shape& shape, const std::vector<Box>& blocks);

}  // namespace tessera
