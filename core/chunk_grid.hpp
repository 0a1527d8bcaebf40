#pragma once
// How an array is cut into chunks: per axis a list of cuts, regular (a closed form) or irregular (a table).
// [0, 13) in chunks of 5 is [0,5) [5,10) [10,13); a slice [3:] of it is [0,2) [2,7) [7,10): regular with a short first
// chunk. Invariants: chunks are not empty, in order, and cover the axis; an axis of length 0 has no chunk.
#include <memory>
#include <vector>

#include <tessera/core/box.hpp>

namespace tessera {

/// The cuts of one axis.
class TESSERA_API AxisChunks {
 public:
  AxisChunks() = default;
  /// Chunks of `chunk` elements; the first is short by `skip` (0 <= skip < chunk), the last may be short.
  static AxisChunks regular(std::int64_t extent, std::int64_t chunk, std::int64_t skip = 0);
  /// Chunks of the given lengths; becomes regular when they are. throws ValueError when a length is negative; drops
  /// zeros.
  static AxisChunks irregular(const std::vector<std::int64_t>& lengths);

  std::int64_t extent() const { return extent_; }
  std::int64_t count() const { return count_; }
  /// First index of chunk k; bound(count()) is the extent.
  std::int64_t bound(std::int64_t k) const {
    if (cuts_) return (*cuts_)[k];
    if (k >= count_) return extent_;
    // The product alone may be beyond 2^63: modulo 2^64 the difference is right.
    const auto b = static_cast<std::int64_t>(static_cast<std::uint64_t>(k) * static_cast<std::uint64_t>(chunk_) -
                                             static_cast<std::uint64_t>(skip_));
    return b < 0 ? 0 : b;
  }
  std::int64_t length(std::int64_t k) const { return bound(k + 1) - bound(k); }
  /// The chunk that holds `index`, 0 <= index < extent.
  std::int64_t find(std::int64_t index) const;
  /// The longest chunk; 0 on an empty axis.
  std::int64_t longest() const;
  bool is_regular() const { return !cuts_; }
  /// True when all chunks but the last have the same length: what a file's chunking can express.
  bool is_uniform() const { return !cuts_ && (skip_ == 0 || count_ <= 1 || (count_ == 2 && length(0) >= length(1))); }
  /// Cuts of the axis that keeps start, start + step, ... (count of them; step != 0, negative flips). Empty chunks
  /// drop, none merge. throws ShapeError when that takes a table of more than 2^24 cuts.
  AxisChunks sliced(std::int64_t start, std::int64_t step, std::int64_t count) const;
  bool operator==(const AxisChunks& o) const;

 private:
  std::int64_t extent_ = 0, chunk_ = 1, skip_ = 0, count_ = 0;
  std::shared_ptr<const std::vector<std::int64_t>> cuts_;  // count + 1 bounds when irregular
};

/// One AxisChunks per axis. Chunks are numbered in row-major order of their coordinates.
class TESSERA_API ChunkGrid {
 public:
  ChunkGrid() = default;
  explicit ChunkGrid(std::vector<AxisChunks> axes) : axes_(std::move(axes)) {}
  /// Every axis regular with the given chunk lengths, clipped to the extents; -1 is the whole axis, as in Dask. throws
  /// ValueError for another negative length, and for 0 unless the axis is empty.
  static ChunkGrid regular(const Shape& shape, const Dims& chunk);

  int rank() const { return static_cast<int>(axes_.size()); }
  const AxisChunks& axis(int i) const { return axes_[i]; }
  Shape shape() const;
  Dims counts() const;
  /// Number of chunks; 1 for rank 0, 0 when an axis is empty.
  std::int64_t count() const;
  Box box(const Dims& coordinates) const;
  Box box(std::int64_t linear) const { return box(coordinates(linear)); }
  Dims coordinates(std::int64_t linear) const;
  std::int64_t linear(const Dims& coordinates) const;
  /// Extents of the largest chunk.
  Dims largest() const;
  /// Elements in all chunks before `linear`, in chunk order: the offset of a chunk in a dense slab.
  std::int64_t elements_before(std::int64_t linear) const;
  bool operator==(const ChunkGrid&) const = default;

 private:
  std::vector<AxisChunks> axes_;
};

/// The default chunking: whole trailing axes first, near `target_bytes` a chunk; depends on shape and item size alone.
TESSERA_API ChunkGrid auto_chunks(const Shape& shape, std::int64_t item_size,
                                  std::int64_t target_bytes = std::int64_t{16} << 20);
/// Chunk lengths per axis, as Dask shows them, abbreviated: "(8, 8, ... x32), (512, 512)".
TESSERA_API std::string to_string(const ChunkGrid& grid);

}  // namespace tessera
