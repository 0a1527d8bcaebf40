#pragma once
#include <vector>

#include <tessera/core/graph/node_base.hpp>

namespace tessera {

/// The cuts of what is made of these elements of arrays, broadcast: per axis those of the largest input that is not
/// broadcast there (never of ranks or budget).
ChunkGrid broadcast_grid(const std::vector<Edge>& edges, const Shape& shape);

}  // namespace tessera
