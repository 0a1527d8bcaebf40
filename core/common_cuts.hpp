#pragma once
#include <tessera/core/chunk_grid.hpp>

namespace tessera {

/// An axis that is cut where either of the two, of one extent, is. throws ShapeError when that takes a table of more than
/// 2^24 cuts.
TESSERA_API AxisChunks common_cuts(const AxisChunks& a, const AxisChunks& b);

}  // namespace tessera
