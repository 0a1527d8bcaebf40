#pragma once
// Elements numbered chunk after chunk, row-major within each: the position of an element. Of 4 x 4 elements in chunks of
// 2 x 2, element (1, 2) is number 6: it follows the four of the first chunk and two of the second.
#include <tessera/core/chunk_grid.hpp>

namespace tessera {

class ChunkOrder {
 public:
  explicit ChunkOrder(const ChunkGrid& grid);
  const ChunkGrid& grid() const { return grid_; }
  /// True when positions are those of row-major order: only the first axis is cut.
  bool is_row_major() const { return row_major_; }
  /// Elements from one index to the next, where that is so.
  const Dims& strides() const { return strides_; }
  std::int64_t position(const Dims& at) const;
  /// A chunk, and the positions [begin, end) of its elements.
  struct Chunk {
    Dims coordinates;
    Box box;
    std::int64_t begin = 0, end = 0;
  };
  /// The chunk with the element of this position.
  Chunk find(std::int64_t position) const;
  /// Where an element of the chunk is.
  static Dims index(const Chunk& chunk, std::int64_t position);

 private:
  ChunkGrid grid_;
  Dims strides_;  // of row-major order, in elements
  bool row_major_ = true;
};

}  // namespace tessera
