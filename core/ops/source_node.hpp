#pragma once
// How the functions that make arrays from nothing build their node.
#include <tessera/core/array.hpp>
#include <tessera/core/graph/node.hpp>

namespace tessera {

/// The cuts that are wished for, or the default ones. throws ShapeError for negative extents and too many elements.
inline ChunkGrid grid_for(const Shape& shape, DType type, const Dims& wish) {
  static_cast<void>(num_elements(shape));
  return wish.empty() ? auto_chunks(shape, item_size(type)) : ChunkGrid::regular(shape, wish);
}

inline Array source_array(const Shape& shape, DType type, const Dims& chunks, SourceData data) {
  return Array(std::make_shared<SourceNode>(type, shape, grid_for(shape, type, chunks), std::move(data)));
}

}  // namespace tessera
