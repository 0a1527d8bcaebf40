#include <tessera/core/ops/rechunk.hpp>

#include <tessera/core/graph/node.hpp>

namespace tessera {

Array rechunk(const Array& x, const Dims& chunks) {
  const Shape& shape = x.shape();
  if (chunks.size() != shape.size())
    throw ShapeError("rechunk: chunks " + to_string(chunks) + " have not one length for each axis of shape " +
                     to_string(shape));
  for (int i = 0; i < chunks.size(); i++)
    if (chunks[i] < -1 || (chunks[i] == 0 && shape[i] > 0))
      throw ValueError("rechunk: the length " + std::to_string(chunks[i]) + " in chunks " + to_string(chunks) +
                       " for axis " + std::to_string(i) + " of shape " + to_string(shape) +
                       ": a length is positive, or -1 for the whole axis");
  return rechunk(x, ChunkGrid::regular(shape, chunks));
}

Array rechunk(const Array& x, const ChunkGrid& grid) {
  if (!(grid.shape() == x.shape()))
    throw ShapeError("rechunk: chunks of shape " + to_string(grid.shape()) + " for an array of shape " +
                     to_string(x.shape()));
  if (grid == x.chunks()) return x;
  return Array(std::make_shared<RedistributeNode>(Edge{x.node(), IndexTransform::identity(x.shape())}, grid));
}

Array rechunk(const Array& x) { return rechunk(x, auto_chunks(x.shape(), item_size(x.dtype()))); }

}  // namespace tessera
