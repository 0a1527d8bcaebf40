#pragma once
// What one worker does with a tile: its values are made one after another in buffers of this worker, then the outputs.
// They lie in the space of the operator. Stores and states are the host's: what goes between them and the tiles of a
// device passes through pinned memory, in streams of its own (staging.hpp). Buffers that these streams use, too, there are
// several of, which tiles take in turn.
#include <tessera/distributed/execute/columns.hpp>
#include <tessera/distributed/execute/cursor.hpp>
#include <tessera/distributed/execute/device_states.hpp>
#include <tessera/distributed/execute/staging.hpp>
#include <tessera/distributed/execute/waiting_tiles.hpp>
#include <tessera/distributed/execute/wanted_values.hpp>

namespace tessera {

class TileRunner {
 public:
  /// `fetched`: by value number, what was fetched before the stage, or read for a block. `columns`: by output number, null for maps.
  TileRunner(StageRun& stage, const TileOperator& op, const TileCursor& cursor, const std::vector<HeldBox>& fetched,
             std::vector<std::unique_ptr<Columns>>& columns, int worker);
  /// Waits for the device.
  virtual ~TileRunner();
  TileRunner(const TileRunner&) = delete;
  TileRunner& operator=(const TileRunner&) = delete;
  void run(const TileItem& item);
  /// Tells the stores what `item` will read.
  void prefetch(const TileItem& item) const;
  /// After the last tile: waits for the device. throws what has gone wrong there.
  virtual void finish();

 protected:
  /// The values of a tile of the chunk at `at`, and its outputs.
  void run_tile(const Dims& at, const Box& chunk, const Box& tile);
  /// After the tiles of an item: regions that nobody goes on with.
  void close_regions();
  void make_values(const Box& tile);
  /// Makes an output that is no fold, and puts it where it goes.
  virtual void map_tile(std::size_t number, const Dims& coordinates, const Box& tile);
  /// The elements of an output that has neither array nor file: where they are when its Program does nothing, else in a
  /// buffer.
  StridedInput elements(std::size_t number, const Box& tile);
  /// The states of all that a pass over a tile folds (folds_), of operands_.
  virtual void fold_leaves(std::size_t number, const Box& tile, const FoldedPositions& positions);
  void operands_of(const std::vector<TileInput>& inputs, const Dims& at);
  void write(const StageOutput& output, const Box& tile, const StridedInput& elements);
  std::byte* buffer(std::size_t slot, std::int64_t bytes);
  /// For an output that has no array. What a device makes there may be brought to the host.
  std::byte* output_buffer(std::size_t number, std::int64_t bytes);

  TraceLane* lane_;
  int traced_stage_;
  TraceLane* within_ = nullptr;  // for what is in a tile; null for runs of tiny chunks: they are one span
  Execution& execution_;
  const Stream stream_;
  const TileOperator& op_;
  std::vector<StridedInput> operands_;
  std::vector<FoldInto> folds_;
  std::vector<BlockMemory> blocks_;  // what a call sees

 private:
  // What a pass over a tile folds for: outputs, where their states lie in the whole, and in which memory.
  struct Member {
    std::size_t output;
    Columns::Place place;
    std::int64_t bytes = 0;
  };

  void make_value(std::size_t number, const Box& tile);
  // Each kind of value, `tile` cut to where it is made.
  void make(std::size_t number, const StoredValue& how, const Box& tile);
  void make(std::size_t number, const GeneratedValue& how, const Box& tile);
  void make(std::size_t number, const HeldValue& how, const Box& tile);
  void make(std::size_t number, const FetchedValue& how, const Box& tile);
  void make(std::size_t number, const ComputedValue& how, const Box& tile);
  void make(std::size_t number, const JoinedValue& how, const Box& tile);
  void make(std::size_t number, const StencilValue& how, const Box& tile);
  void make(std::size_t number, const CallValue& how, const Box& tile);
  void make(std::size_t number, const ChunkCallValue& how, const Box& tile);
  void make(std::size_t number, const GatheredValue& how, const Box& tile);
  Box own_part(const HeldValue& how, Box tile) const;
  HeldBox& take_buffer(std::size_t number, const Box& tile);
  static HeldBox chunk_at(const ResidentArray& array, const Dims& element);
  HeldBox& take_array(std::size_t number, std::size_t output, const Box& box);
  // Buffers that a device's tiles take in turn: that of this tile; and when it is done, when that may be written again.
  std::size_t in_turn(std::size_t slot) const { return turn_ * buffers_of_a_turn() + slot; }
  std::size_t output_slot(std::size_t number) const { return op_.values.size() + number; }
  std::size_t scratch_slot() const { return output_slot(op_.outputs.size()); }  // of stencils and calls
  std::size_t part_slot() const { return scratch_slot() + 1; }
  std::size_t buffers_of_a_turn() const { return part_slot() + 1; }
  std::size_t value_slot(std::size_t number) const;
  void end_turn();
  void wait_for_device();
  void send(std::size_t number, const Box& box);
  void put_in_array(const ResidentArray& array, const Box& box, const std::byte* elements, const Dims& strides);
  void put(const StageOutput& output, const Box& tile, const std::byte* elements, const Dims& strides);
  /// Adds the states of a member to an output's columns. `shared`: others need them afterwards.
  void add_states(std::size_t output, const Member& member, std::byte* states, bool shared);
  void fold_tile(std::size_t number, const Dims& coordinates, const Box& chunk, const Box& tile);
  /// Of operands_, into the states of members_.
  void fold_members(std::size_t number, const Box& tile, const FoldedPositions& positions);
  /// True where the tiles of an output may wait for others.
  bool may_wait(std::size_t number) const;
  /// True when the tile waits, or has been folded with those that did.
  bool waits(std::size_t number, const Columns::Place& place, const Dims& extent);
  /// One after another.
  void fold_waiting(std::size_t number);
  bool on_host() const { return op_.space == Space::host; }
  std::byte* value_buffer(std::size_t number, std::int64_t bytes);

  const TileCursor& cursor_;
  const std::vector<HeldBox>& fetched_;
  std::vector<std::unique_ptr<Columns>>& columns_;
  std::vector<Columns::Run> runs_;
  const std::vector<int> slots_;  // by value: the buffer that it shares with others
  const bool sends_parts_;
  std::vector<Buffer> buffers_;    // for each turn: of values, one an output, scratch, parts
  std::vector<Event> free_;        // of a device, by buffer: behind which nobody uses what is in it
  std::vector<std::size_t> sent_;  // the buffers of this tile to which something is sent, now or in another tile
  std::size_t turn_ = 0;
  Staging staging_;
  std::vector<HeldBox> held_;                    // by value
  std::vector<const ResidentArray*> residents_;  // by value; null for other kinds
  std::vector<std::shared_ptr<const Kernel>>
      user_maps_;                      // by value; null for others than a device's functions of elements
  std::vector<Columns::Run*> run_of_;  // by output; null for maps
  std::vector<std::unique_ptr<DeviceStates>> device_states_;  // by output; null where the host combines
  std::vector<std::vector<std::size_t>> passes_;  // by output: what its pass folds for, itself first; none for maps
  std::vector<std::unique_ptr<WaitingTiles>> waiting_;  // by output; null where none may wait
  std::vector<Member> members_;
  // What parts need: the values that are wanted in any tile inside `segment_`, and memory that their buffers share.
  std::vector<std::vector<std::int64_t>> part_bounds_;  // per axis, of where values are wanted; ascending
  WantedValues wanted_values_;
  std::vector<std::size_t> wanted_;
  Box segment_;
  std::int64_t parts_used_ = 0;  // bytes of the parts' buffer
};

}  // namespace tessera
