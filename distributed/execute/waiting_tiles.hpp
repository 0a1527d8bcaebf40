#pragma once
// Tiles of one region in consecutive chunks of its column, each one leaf, that a worker folds together: thin chunks have
// states as large as their elements, which are combined in registers then (device/host_together.hpp). A tile's elements
// stay where they are in memory until then.
#include <array>

#include <tessera/core/kernel/leaves_together.hpp>
#include <tessera/distributed/execute/columns.hpp>

namespace tessera {

class WaitingTiles {
 public:
  struct Tile {
    Columns::Place place;
    StridedInput elements;
  };
  /// True when a tile of `extent` can wait: alone at a place where such chunks begin, or behind those that wait.
  bool takes(const Columns::Place& place, const Dims& extent) const;
  void add(const Columns::Place& place, const Dims& extent, const StridedInput& elements);
  bool complete() const { return count_ > 0 && count_ == wanted_; }
  bool empty() const { return count_ == 0; }
  std::span<const Tile> tiles() const { return {tiles_.data(), static_cast<std::size_t>(count_)}; }
  const Dims& extent() const { return extent_; }
  void clear() { count_ = 0; }
  /// Folds what is complete into the states of `run`. returns: false where there is no such pass for these tiles, which
  /// then wait still.
  bool fold(const StageOutput& output, Columns::Run& run) const;

 private:
  std::array<Tile, most_leaves_together> tiles_;
  std::int64_t count_ = 0, wanted_ = 0;
  Dims extent_;
};

}  // namespace tessera
