#pragma once
// Reshapes down to what is read or generated, before anything else is planned: of (1000, 30) numbers of a file as 30000,
// a tile reads the boxes of the file that it needs, and nothing is whole in memory. What a Reshape passes on its way:
//   Map        each input is reshaped, where it has all axes of a group (axis_groups.hpp) or none
//   View       is part of how the source is seen
//   Source     of a file: a dataset under another shape (reshaped_store.hpp); a generator, which only knows positions
// It stays above what is in memory, and is redistributed there; so it does above a Map of several arrays in memory, which
// would be moved instead of one. Where it can't pass (an input that repeats part of a group, a Concat), it stays, and
// place_redistributions keeps what is below. A diagonal is a Reshape to the shape that it has already, and goes the same way.
#include <vector>

#include <tessera/core/graph/node.hpp>

namespace tessera {

/// The same roots, of the same shapes, dtypes and chunks. Pure, and the same on all ranks.
TESSERA_API std::vector<NodePtr> push_reshapes(const std::vector<NodePtr>& roots);

}  // namespace tessera
