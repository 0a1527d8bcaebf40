#pragma once
// What is read for a block: all workers read pieces of it into memory that the tiles share (plan/blocks.hpp). A piece
// is made of whole chunks of the file, so that each is decoded once. Where several blocks have a part of a chunk, they
// may be read from a scratch file instead (block_file.hpp).
#include <atomic>
#include <vector>

#include <tessera/distributed/execute/block_file.hpp>
#include <tessera/distributed/execute/tile_walk.hpp>

namespace tessera {

/// A box of a dataset in pieces that end where its chunks do.
class Pieces {
 public:
  /// About `bytes` each, or one chunk.
  Pieces(const StoreInfo& info, const Box& box, std::int64_t bytes);
  std::int64_t count() const { return num_elements(counts_); }
  Box piece(std::int64_t number) const;

 private:
  std::int64_t bound(int axis, std::int64_t chunk) const;

  const StoreInfo& info_;
  Box box_;
  bool chunked_;
  Dims first_, chunks_;  // of the file, on every axis
  Dims step_, counts_;   // chunks of a piece; pieces
};

/// The values that a block holds, one block after another.
class Block {
 public:
  /// Takes the memory. `held`: by value number; gets what a block has.
  Block(Execution& execution, const TileOperator& op, std::vector<HeldBox>& held);
  /// The next block is for this chunk of the traversal. Nobody reads or uses one.
  void begin(const Box& chunk);
  /// The memory of its only part, and what the tiles find there.
  std::span<std::byte> memory() {
    return {parts_[0].memory.data(), static_cast<std::size_t>(parts_[0].memory.bytes())};
  }
  const HeldBox& held() const { return held_[parts_[0].value]; }
  /// Reads pieces until there are no more. Any number of workers at a time.
  void read(TraceLane* lane, int traced_stage, const Failure& failure);

 private:
  struct Part {
    std::size_t value;
    const Store* store;
    Buffer memory;
  };
  struct Piece {
    const Part* part = nullptr;
    Box box;
  };
  Piece piece(std::int64_t number) const;

  Execution& execution_;
  const TileOperator& op_;
  std::vector<HeldBox>& held_;
  std::vector<Part> parts_;
  std::vector<Pieces> pieces_;  // of each part
  std::int64_t count_ = 0;
  std::atomic<std::int64_t> next_{0};
};

/// Block after block: all workers read one, then all walk its tiles. A team waits for its last worker, so nobody reads a
/// block while another still uses the one before.
class BlockWalk {
 public:
  /// Takes the memory. `held`: by value number, of the runners. Local.
  BlockWalk(StageRun& stage, const TileOperator& op, std::vector<HeldBox>& held);
  /// As walk_tiles: all blocks of this rank, and the agreement after them. Collective.
  void run(const MakeTileRunner& make);

 private:
  template <class Work>
  void team(const Work& work);
  void walk_blocks(const MakeTileRunner& make);
  void walk(TileCursor& cursor, int thread, const MakeTileRunner& make);

  StageRun& stage_;
  const TileOperator& op_;
  TileCursor all_;  // says where tiles lie; not drawn from
  Block block_;
  std::optional<BlockFile> file_;  // where blocks pass through a scratch file
  std::vector<std::unique_ptr<TileRunner>> runners_;
  std::int64_t tiles_before_;
  bool announced_ = false;
};

}  // namespace tessera
