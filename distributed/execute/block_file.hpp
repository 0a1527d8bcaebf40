#pragma once
// What the blocks of a rank need of a compressed dataset, in a scratch file: each chunk of the dataset is decoded once,
// and put apart among the blocks that have a part of it. Block after block lies there, and of a block what each chunk
// gives it, dense, in the order of the chunks: of chunks (2, 8) and a block [0, 4) x [0, 2) first the rows 0 and 1 of its
// two columns, then 2 and 3.
#include <atomic>
#include <optional>
#include <span>
#include <vector>

#include <tessera/distributed/execute/context.hpp>
#include <tessera/distributed/execute/tile_runner.hpp>
#include <tessera/io/scratch_file.hpp>

namespace tessera {

class BlockFile {
 public:
  /// Makes the file, with room for all blocks. `memory`: where chunks are decoded until the first block is read.
  /// Local. throws IoError.
  BlockFile(StageRun& stage, const TileOperator& op, std::span<std::byte> memory);

  /// Decodes chunks and writes what they give until there are no more. Any number of workers at a time.
  void fill(int worker, TraceLane* lane);
  /// The next block is the one at this position of the traversal, which goes there. Nobody reads.
  void begin(std::int64_t position, const HeldBox& to);
  /// Reads pieces of the block until there are no more. Any number of workers at a time.
  void read(TraceLane* lane);

 private:
  // Chunks of the dataset around a box.
  struct Chunks {
    Dims first, counts;
  };
  Chunks chunks_around(const Box& box) const;
  Box chunk(const Chunks& of, std::int64_t number) const;
  void decode(const Box& chunk, std::byte* whole, std::byte* piece);
  template <class F>
  void for_each_block(const Box& chunk, F&& f) const;
  std::int64_t offset(std::int64_t position, const Box& block, const Box& part) const;

  StageRun& stage_;
  const TileOperator& op_;
  const TileValue& value_;
  const Store& store_;
  std::int64_t item_, chunk_bytes_;
  std::span<std::byte> memory_;
  std::int64_t begin_, end_;            // positions of this rank's blocks
  std::vector<std::int64_t> elements_;  // before each block
  Box region_;                          // around all blocks
  std::optional<io::ScratchFile> file_;
  Chunks chunks_;
  std::atomic<std::int64_t> next_{0};
  std::int64_t position_ = 0;
  HeldBox to_;
};

}  // namespace tessera
