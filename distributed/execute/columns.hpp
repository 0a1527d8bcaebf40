#pragma once
// The states of one reduction on one rank. A column is an output region: the kept part of a tile, within one result
// chunk. Its states combine in two fixed trees, leaves within a chunk and chunks within the column, in whatever order
// they arrive. These states are the host's, whatever computed them: along a full leaf they are a 4096th of the elements,
// and asking a device to combine two of them costs more than doing it. Many at a time a device combines itself
// (device_states.hpp), and brings what others go on with.
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include <tessera/core/kernel/fixed_tree.hpp>
#include <tessera/distributed/execute/context.hpp>
#include <tessera/distributed/plan/fold_states.hpp>

namespace tessera {

/// State components of one region, and how many elements stand behind each. A scalar's state lies in the block itself:
/// a million tiny chunks make a million of them.
struct StateBlock {
  Buffer large;
  std::unique_ptr<std::byte[]> small;
  alignas(16) std::byte few[16];
  std::int64_t count = 0;
  std::byte* data() { return small ? small.get() : large.data() ? large.data() : few; }
  const std::byte* data() const { return const_cast<StateBlock*>(this)->data(); }
};

struct ColumnKey {
  std::int64_t chunk = 0;   ///< of the result, linear
  std::int64_t region = 0;  ///< tile of it, linear
  auto operator<=>(const ColumnKey&) const = default;
};

/// What goes before a state that another rank finishes.
struct StateHeader {
  std::int64_t chunk = 0, region = 0;  ///< the column
  std::int64_t index = 0;              ///< the node of its tree
  std::int64_t count = 0;              ///< elements behind it
  std::int32_t output = 0;
  std::int32_t level = 0;
};
static_assert(sizeof(StateHeader) == state_header_bytes);

class Columns {
 public:
  Columns(Execution& execution, const TileOperator& op, const StageOutput& output);

  /// Where a tile's result goes: column, chunk within the column, and its leaves.
  struct Place {
    ColumnKey key;
    std::int64_t chunk;       ///< number of the chunk along the folded axes
    std::int64_t leaves;      ///< leaves of that chunk
    std::int64_t first_leaf;  ///< of the tile, when its leaves are consecutive
    Dims leaf_lo, leaf_grid;  ///< the tile's place in the chunk's grid of leaves (folded axes only, row-major)
    Dims leaf_counts;         ///< the tile's own
    bool consecutive;
    std::int64_t outputs;                                 ///< elements of the region
    std::int64_t elements_of_leaf(std::int64_t k) const;  ///< folded elements behind the tile's k-th leaf
    Dims tile_extent, leaf;                               ///< folded axes only
  };
  Place place(const Dims& coordinates, const Box& chunk, const Box& tile) const;
  /// Bytes of one region's state.
  std::int64_t state_bytes(std::int64_t outputs) const { return fold_.fold.layout().bytes(outputs); }

  /// A run of consecutive chunks of one column, combined by one worker without locks. flush() before another column.
  class Run {
   public:
    /// `stream`: of the worker.
    Run(Columns& columns, Stream stream) : columns_(columns), stream_(stream) {}
    /// `states`: the tile's leaves as Kernel::reduce left them, in the host's memory; they are combined in place and
    /// copied from.
    void add(const Place& place, std::byte* states);
    /// Memory for the states of a tile that is a chunk of one leaf, which `add` then keeps instead of a copy; null where
    /// it keeps nothing of this tile.
    std::byte* room_for(const Place& place);
    /// Memory for the states of the region in several chunks from `place` on, which add_several keeps.
    std::byte* room_for_several(const Place& place);
    /// 2^level chunks of one leaf each, combined; `count` elements stand behind their states.
    void add_several(const Place& place, int level, std::int64_t count);
    void flush();

   private:
    /// Flushes where another column begins.
    void begin(const Place& place);
    /// Of a region of the column, in memory that another state of it had, where there is some.
    StateBlock state();
    StateBlock copy(const std::byte* data, std::int64_t count);
    void merge(StateBlock& left, StateBlock& right);

    Columns& columns_;
    Stream stream_;
    ColumnKey key_;
    std::int64_t outputs_ = 0;
    bool open_ = false;
    FixedTree<StateBlock> chunks_;
    FixedTree<std::pair<std::byte*, std::int64_t>> leaves_;
    StateBlock room_;
    StateBlock spare_;  // what was merged last: new memory for each state would be cleared by the system each time
  };

  /// Gives away the states of columns that other ranks finish: whose they are, and how many bytes of each count.
  using TakeState = std::function<void(int owner, StateHeader header, StateBlock state, std::int64_t bytes)>;
  void take_partial(const TakeState& take);
  /// Memory for a state that comes from another rank, and its bytes.
  StateBlock room_for(const StateHeader& header, std::int64_t& bytes) const;
  void add(const StateHeader& header, StateBlock state);
  /// True for columns that this rank finishes.
  bool finishes(ColumnKey key) const { return mine(key.chunk); }
  /// Of the result.
  Box region(ColumnKey key) const;
  /// A node of a column's tree, of states in the host's memory, which are copied. `stream`: of the worker.
  void add(Stream stream, ColumnKey key, TreeNode node, const std::byte* states, std::int64_t count);
  /// At the end: what there are no chunks for. throws InternalError when a column of this rank is not complete.
  void finish_all();
  /// Chunks of a column.
  std::int64_t chunks() const { return chunks_; }

 private:
  struct Column {
    FixedTree<StateBlock> chunks;
    std::map<std::int64_t, FixedTree<StateBlock>> leaves;
  };
  StateBlock make_state(std::int64_t outputs) const;
  void merge(StateBlock& left, const StateBlock& right, std::int64_t outputs) const;
  /// Adds a node to a column's tree; finishes the column when this rank may. Takes the lock.
  void add_chunks(Stream stream, ColumnKey key, TreeNode node, StateBlock state, std::int64_t outputs);
  void add_leaves(Stream stream, ColumnKey key, std::int64_t chunk, std::int64_t leaves, TreeNode node,
                  StateBlock state, std::int64_t outputs);
  bool mine(std::int64_t result_chunk) const;
  void finish(Stream stream, ColumnKey key, const StateBlock& state) const;
  void result_of(const StateBlock& state, std::int64_t outputs, std::byte* out) const;
  void finish_empty();
  StateBlock empty_state(std::int64_t outputs) const;

  Execution& execution_;
  Device& host_;  // has the states
  const TileOperator& op_;
  const StageOutput& output_;
  const FoldOutput& fold_;
  std::int64_t chunks_ = 1;  // of a column
  Dims kept_tile_;
  std::mutex mutex_;
  std::map<ColumnKey, Column> columns_;
};

/// Puts a finished region of an output into the files that it goes to. `data` is of the host.
void write_finished(Execution& execution, const StageOutput& output, const Box& box, const std::byte* data,
                    const Dims& strides);
/// Puts it where it belongs: the array, the writers. `data` is dense, of the host.
void deliver(Execution& execution, Stream stream, const StageOutput& output, const Box& box, const std::byte* data,
             const Dims& strides);

}  // namespace tessera
