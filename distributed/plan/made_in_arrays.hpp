#pragma once
// Values that need no buffer, because an output that is kept in memory is all that becomes of them: they are made in its
// array. A copy of a tile out of the cache takes a third of the time of a small stencil.
#include <tessera/distributed/plan/tile_operator.hpp>

namespace tessera {

/// Finds the stencils of the host's tiles that can be made so (StencilValue::output). Once values, outputs and the operator's
/// space are there, before tiles are fitted.
void make_in_arrays(TileOperator& op);

/// The output's elements are made in its array before outputs are.
bool is_made_as_value(const TileOperator& op, std::size_t output);

}  // namespace tessera
