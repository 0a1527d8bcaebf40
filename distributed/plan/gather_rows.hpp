#pragma once
// The rows of a gather: what lies together both in the result and in the array. Of x[idx] with x of shape (N, 30) in
// chunks of (100, 30) it is 30 elements; of x[:, idx] one.
#include <tessera/distributed/plan/gather.hpp>

namespace tessera {

/// Tiles of a block, at most.
inline constexpr std::int64_t gather_block_tiles = 4096;

/// Sets row_axes and piece of an operator whose axes, grids and inputs are known.
void find_rows(GatherOperator& op);
/// What tiles are made of whole: the axes of rows but for the first.
Dims unit_of(const GatherOperator& op);

}  // namespace tessera
