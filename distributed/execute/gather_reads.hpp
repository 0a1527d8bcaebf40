#pragma once
// The requests of a block to a file, or a generator, in order of position: what lies close together in a chunk is read at
// once, by all workers of this rank, each a part of the requests.
#include <tessera/distributed/execute/gather_block.hpp>

namespace tessera {

class GatherReads {
 public:
  /// Takes the memory. Local.
  GatherReads(StageRun& stage, const GatherOperator& op, GatherBlocks& blocks);
  /// Brings all that the block asks for. What goes wrong is kept in the stage's failure.
  void run();

 private:
  void read(std::int64_t begin, std::int64_t end, int worker);
  std::int64_t group(std::int64_t first, std::int64_t end, const ChunkOrder::Chunk& chunk, Box& hull) const;
  void bring(const Box& hull, std::byte* to, int worker);
  Box box_of(const ChunkOrder::Chunk& chunk, std::int64_t request) const;
  std::int64_t start_of(int part, int parts) const;

  StageRun& stage_;
  Execution& x_;
  const GatherOperator& op_;
  GatherBlocks& blocks_;
  const SourceNode& source_;
  const std::int64_t item_;
  bool whole_chunks_;             // a chunk is decoded for whatever is read of it
  std::int64_t largest_gap_ = 0;  // elements that are read along rather than left out
  std::vector<Buffer> cells_;     // one a worker
};

}  // namespace tessera
