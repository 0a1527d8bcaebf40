#include <tessera/distributed/chunk_order.hpp>

namespace tessera {

ChunkOrder::ChunkOrder(const ChunkGrid& grid) : grid_(grid), strides_(row_major_strides(grid.shape(), 1)) {
  for (int i = 1; i < grid.rank(); i++) row_major_ = row_major_ && grid.axis(i).count() <= 1;
}

std::int64_t ChunkOrder::position(const Dims& at) const {
  std::int64_t position = 0;
  if (row_major_) {
    for (int i = 0; i < at.size(); i++) position += at[i] * strides_[i];
    return position;
  }
  std::int64_t width = 1, within = 0;  // elements of the chunk along the axes so far
  for (int i = 0; i < at.size(); i++) {
    const AxisChunks& axis = grid_.axis(i);
    const std::int64_t k = axis.find(at[i]), length = axis.length(k);
    position += width * axis.bound(k) * strides_[i];
    within = within * length + at[i] - axis.bound(k);
    width *= length;
  }
  return position + within;
}

ChunkOrder::Chunk ChunkOrder::find(std::int64_t position) const {
  Chunk c;
  std::int64_t width = 1;
  for (int i = 0; i < grid_.rank(); i++) {
    const AxisChunks& axis = grid_.axis(i);
    const std::int64_t k = axis.find((position - c.begin) / (width * strides_[i]));
    c.coordinates.push_back(k);
    c.begin += width * axis.bound(k) * strides_[i];
    width *= axis.length(k);
  }
  c.box = grid_.box(c.coordinates);
  c.end = c.begin + width;
  return c;
}

Dims ChunkOrder::index(const Chunk& chunk, std::int64_t position) {
  Dims at = chunk.box.lo;
  std::int64_t rest = position - chunk.begin;
  for (int i = at.size() - 1; i >= 0; i--) {
    at[i] += rest % chunk.box.extent[i];
    rest /= chunk.box.extent[i];
  }
  return at;
}

}  // namespace tessera
