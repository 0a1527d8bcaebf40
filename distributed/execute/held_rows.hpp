#pragma once
// Elements of an array in memory by their positions (chunk_order.hpp), on the rank that has them.
#include <cstring>
#include <optional>

#include <tessera/distributed/chunk_order.hpp>
#include <tessera/distributed/execute/context.hpp>

namespace tessera {

class HeldRows {
 public:
  /// Looks at all chunks of this rank.
  HeldRows(Execution& x, const ResidentArray& array, const ChunkOrder& order, Stream stream);

  /// Rows of `length` elements, from these positions on, to `to`, `step` bytes apart. A row lies in one chunk.
  void copy(const std::int64_t* positions, std::int64_t rows, std::int64_t length, std::byte* to, std::int64_t step) {
    if (!flat_) return copy_each(positions, rows, length, to, step);
    if (length == 1) return copy_elements(positions, rows, to, step);
    const std::size_t bytes = static_cast<std::size_t>(length * item_);
    for (std::int64_t i = 0; i < rows; i++) std::memcpy(to + i * step, flat_ + positions[i] * item_, bytes);
  }
  /// One row. After the last, wait().
  void copy(std::int64_t position, std::int64_t length, std::byte* to) {
    if (!flat_) return copy_row(position, length, to);
    const std::byte* from = flat_ + position * item_;
    if (length * item_ == 8) return static_cast<void>(std::memcpy(to, from, 8));
    std::memcpy(to, from, static_cast<std::size_t>(length * item_));
  }
  void wait() {
    if (!flat_) x_->device.wait(stream_);
  }

 private:
  void copy_elements(const std::int64_t* positions, std::int64_t rows, std::byte* to, std::int64_t step) const;
  void copy_each(const std::int64_t* positions, std::int64_t rows, std::int64_t length, std::byte* to,
                 std::int64_t step);
  void copy_row(std::int64_t position, std::int64_t length, std::byte* to);

  Execution* x_;
  const ResidentArray* array_;
  const ChunkOrder* order_;
  Stream stream_;
  std::int64_t item_;
  const std::byte* flat_ =
      nullptr;               // where position 0 would be, when all chunks lie in order, dense, in the host's memory
  ChunkOrder::Chunk chunk_;  // of the last row
  HeldBox held_;
};

}  // namespace tessera
