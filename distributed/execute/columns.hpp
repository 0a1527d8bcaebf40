#pragma once
// The states of one reduction on one rank. A column is an output region: the kept part of a tile, within one result
// chunk. Its states combine in two fixed trees, leaves within a chunk and chunks within the column, in whatever order
// they arrive.
#include <map>
#include <mutex>
#include <vector>

#include <tessera/core/kernel/fixed_tree.hpp>
#include <tessera/distributed/execute/context.hpp>
#include <tessera/distributed/failure.hpp>

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
    explicit Run(Columns& columns) : columns_(columns) {}
    /// `states`: the tile's leaves as Kernel::reduce left them; they are combined in place and copied from.
    void add(const Place& place, std::byte* states);
    void flush();

   private:
    Columns& columns_;
    ColumnKey key_;
    std::int64_t outputs_ = 0;
    bool open_ = false;
    FixedTree<StateBlock> chunks_;
    FixedTree<std::pair<std::byte*, std::int64_t>> leaves_;
  };

  /// After all tiles: states of unfinished columns go to their owners, who finish them. Collective, also for a rank
  /// that has failed already. What fails here is in `failure`, for the next agreement, or thrown on all ranks.
  void collect(Failure& failure);

 private:
  struct Column {
    FixedTree<StateBlock> chunks;
    std::map<std::int64_t, FixedTree<StateBlock>> leaves;
  };
  StateBlock make_state(std::int64_t outputs) const;
  StateBlock copy_state(const std::byte* data, std::int64_t count, std::int64_t outputs) const;
  void merge(StateBlock& left, const StateBlock& right, std::int64_t outputs) const;
  /// Adds a node to a column's tree; finishes the column when this rank may. Takes the lock.
  void add_chunks(ColumnKey key, TreeNode node, StateBlock state, std::int64_t outputs);
  void add_leaves(ColumnKey key, std::int64_t chunk, std::int64_t leaves, TreeNode node, StateBlock state,
                  std::int64_t outputs);
  bool mine(std::int64_t result_chunk) const;
  Box region(ColumnKey key) const;
  void finish(ColumnKey key, const StateBlock& state) const;
  void result_of(const StateBlock& state, std::int64_t outputs, std::byte* out) const;
  void finish_empty();
  void exchange_states(Failure& failure);
  StateBlock empty_state(std::int64_t outputs) const;

  Execution& execution_;
  const TileOperator& op_;
  const StageOutput& output_;
  const FoldOutput& fold_;
  std::int64_t chunks_ = 1;  // of a column
  Dims kept_tile_;
  std::mutex mutex_;
  std::map<ColumnKey, Column> columns_;
  // Of exchange_states, taken when the reduction begins: a rank without memory must still say that it sends nothing.
  std::vector<std::int64_t> sizes_, all_sizes_;
};

/// Puts a finished region of an output where it belongs: the array, the writers. `data` is dense.
void deliver(Execution& execution, const StageOutput& output, const Box& box, const std::byte* data,
             const Dims& strides);

}  // namespace tessera
