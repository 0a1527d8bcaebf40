#pragma once
// A block of a gather: what some tiles of this rank ask for together, sorted; and the elements that come, tile by tile as
// they were asked for. Workers make the requests of different tiles at the same time.
#include <memory>
#include <vector>

#include <tessera/distributed/execute/gather_tiles.hpp>
#include <tessera/distributed/plan/gather_rows.hpp>

namespace tessera {

/// A request: a position, and for how many elements from there on, in one number that sorts by the position's bits.
struct GatherRequest {
  static constexpr int position_bits = 47;
  static std::int64_t of(std::int64_t position, std::int64_t length) {
    return position | (length - 1) << position_bits;
  }
  static std::int64_t position(std::int64_t request) { return request & ((std::int64_t{1} << position_bits) - 1); }
  static std::int64_t length(std::int64_t request) { return (request >> position_bits) + 1; }
};

class GatherBlockRunner;

class GatherBlocks {
 public:
  /// Takes the memory for blocks, and of the workers. use: null where what is gathered is the result. Local.
  GatherBlocks(StageRun& stage, const GatherOperator& op, const std::vector<HeldBox>& fetched,
               const GatherUse* use = nullptr);
  ~GatherBlocks();

  /// True when there is another block of this rank.
  bool more() const { return more_; }
  /// Requests of the next block, in any order. throws IndexError.
  void ask();
  /// Puts the elements that came into the result, or makes of them what is wanted.
  void put();

  const ChunkOrder& order() const { return order_; }
  std::int64_t count() const { return count_; }
  /// Element by element what is asked for, and at which element of the block it goes.
  const std::int64_t* requests() const { return requests_[current_]; }
  const std::uint32_t* places() const { return places_[current_]; }
  std::byte* elements() const { return elements_.data(); }
  std::byte* element(std::int64_t number) const { return elements_.data() + number * item_; }

  /// Sorts by position.
  void sort();
  /// Sorts by owner, and of one owner by the upper bits of positions. starts: of each owner's requests, ranks + 1.
  /// owner_of(position); ascending: it never falls.
  template <class OwnerOf>
  void group(int ranks, bool ascending, OwnerOf&& owner_of, std::int64_t* starts);

 private:
  friend class GatherBlockRunner;
  struct Tile {
    TileItem item;
    std::int64_t request, element;  // where its own begin
  };
  void take_tiles();
  template <class Work>
  void for_each_tile(Work&& work);
  void move_by_keys(std::int64_t keys);

  StageRun& stage_;
  const GatherOperator& op_;
  const ChunkOrder order_;
  const std::int64_t item_;
  TileCursor cursor_;
  std::vector<std::unique_ptr<Columns>> no_columns_;
  std::vector<std::unique_ptr<GatherBlockRunner>> workers_;
  Buffer memory_, elements_, sorting_;
  std::int64_t* requests_[2];
  std::uint32_t* places_[2];
  std::uint32_t* keys_;
  int current_ = 0;
  std::int64_t count_ = 0;
  std::vector<Tile> tiles_;
  TileItem next_;  // begins the next block
  bool more_ = false;
};

template <class OwnerOf>
void GatherBlocks::group(int ranks, bool ascending, OwnerOf&& owner_of, std::int64_t* starts) {
  auto* counts = reinterpret_cast<std::int64_t*>(sorting_.data());
  const std::int64_t groups =
      ascending ? std::int64_t{1} << gather_group_bits : std::max<std::int64_t>(1, (1 << gather_group_bits) / ranks);
  const std::int64_t all = std::max<std::int64_t>(1, num_elements(order_.grid().shape()));
  int shift = 0;
  while ((all - 1) >> shift >= groups) shift++;
  // Where owners ascend with positions, so does the sum of both.
  const std::int64_t keys = ascending ? groups + ranks : groups * ranks, by_owner = ascending ? 1 : groups;
  std::fill(counts, counts + keys + 1, 0);
  std::fill(starts, starts + ranks + 1, 0);
  const std::int64_t* from = requests();
  for (std::int64_t i = 0; i < count_; i++) {
    const std::int64_t position = GatherRequest::position(from[i]);
    const int owner = owner_of(position);
    starts[owner + 1]++;
    keys_[i] = static_cast<std::uint32_t>(owner * by_owner + (position >> shift));
    counts[keys_[i] + 1]++;
  }
  for (int r = 0; r < ranks; r++) starts[r + 1] += starts[r];
  move_by_keys(keys);
}

}  // namespace tessera
