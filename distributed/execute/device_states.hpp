#pragma once
// The states of one reduction that a worker has on the device: many outputs at a time (plan/fold_states.hpp). They combine there in the
// tree of Columns, in the worker's stream; a column that is complete is finished there, too, and goes into its array or to the host. What
// other workers or ranks go on with is brought to the host, and into Columns.
#include <tessera/distributed/execute/columns.hpp>
#include <tessera/distributed/execute/staging.hpp>

namespace tessera {

class DeviceStates {
 public:
  /// `output`: its number. `stream`: of the worker, who waits for it before this dies.
  DeviceStates(Execution& execution, Columns& columns, const TileOperator& op, std::size_t output, Stream stream,
               Staging& staging);
  /// `states`: of a chunk, which is a leaf, in the device's memory. They are the caller's again behind what the stream is given.
  void add(const Columns::Place& place, const std::byte* states);
  /// Brings what is there to the host. Before others go on with the column, and at the end.
  void flush();

 private:
  struct State {
    std::byte* data;
    std::int64_t count;
  };
  void begin(const Columns::Place& place);
  /// Folds the right state into the left one.
  void merge(State& left, const State& right);
  State copy(const std::byte* states, std::int64_t count);
  void release(const State& state) { free_.push_back(state.data); }
  void bring_nodes();
  void bring(TreeNode node, const State& state);
  /// The column's elements, of its only state.
  void finish(const std::byte* states);

  Execution& execution_;
  Columns& columns_;
  const StageOutput& output_;
  const FoldOutput& fold_;
  const std::size_t number_;
  const Stream stream_;
  Staging& staging_;
  const std::int64_t most_bytes_, most_outputs_;  // of a region: its states, and how many
  const std::size_t most_states_;                 // at a time
  ColumnKey key_;
  std::int64_t outputs_ = 0;
  bool open_ = false;
  FixedTree<State> chunks_;
  std::vector<Buffer> memory_;
  std::vector<std::byte*> free_;  // of it
  Buffer finished_;               // elements, where the array is not the device's
};

}  // namespace tessera
