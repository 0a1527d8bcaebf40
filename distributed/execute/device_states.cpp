#include <tessera/distributed/execute/device_states.hpp>

#include <tessera/distributed/plan/fold_states.hpp>

namespace tessera {

DeviceStates::DeviceStates(Execution& execution, Columns& columns, const TileOperator& op, std::size_t output,
                           Stream stream, Staging& staging)
    : execution_(execution),
      columns_(columns),
      output_(op.outputs[output]),
      fold_(*output_.fold()),
      number_(output),
      stream_(stream),
      staging_(staging),
      most_bytes_(region_state_bytes(fold_, op.tile).value()),
      most_outputs_(num_elements(fold_.result_extent(op.tile))),
      most_states_(static_cast<std::size_t>(states_on_device(op, output_, op.tile))) {}

void DeviceStates::begin(const Columns::Place& p) {
  if (open_ && p.key != key_) flush();
  if (open_) return;
  key_ = p.key;
  outputs_ = p.outputs;
  chunks_ = FixedTree<State>(columns_.chunks());
  open_ = true;
}

// Chunks that do not begin where pairs of the tree do leave more nodes than there is room for: the host goes on with them.
DeviceStates::State DeviceStates::copy(const std::byte* states, std::int64_t count) {
  if (free_.empty() && memory_.size() == most_states_) bring_nodes();
  if (free_.empty()) {
    memory_.emplace_back(execution_.device_pool, most_bytes_, "the state of a reduction");
    free_.push_back(memory_.back().data());
  }
  const State s{free_.back(), count};
  free_.pop_back();
  execution_.device.copy(stream_, {columns_.state_bytes(outputs_)}, 1, {states, {1}, Space::device},
                         {s.data, {1}, Space::device});
  return s;
}

void DeviceStates::merge(State& left, const State& right) {
  execution_.device.combine(stream_, fold_.fold, outputs_, left.data, right.data, left.count, right.count);
  left.count += right.count;
}

void DeviceStates::add(const Columns::Place& p, const std::byte* states) {
  begin(p);
  const TreeNode node{0, p.chunk};
  const std::int64_t count = p.elements_of_leaf(0);
  if (columns_.chunks() == 1) {
    open_ = false;
    return columns_.finishes(key_) ? finish(states) : bring(node, {const_cast<std::byte*>(states), count});
  }
  const auto merge_states = [this](State& l, State& r) { merge(l, r), release(r); };
  if (auto left = chunks_.take_left(node)) {  // every second chunk: into the one before, without a copy
    merge(*left, {const_cast<std::byte*>(states), count});
    chunks_.add(parent(node), *left, merge_states);
  } else {
    chunks_.add(node, copy(states, count), merge_states);
  }
  if (!chunks_.complete() || !columns_.finishes(key_)) return;
  finish(chunks_.held()[0].state.data);
  release(chunks_.held()[0].state);
  chunks_.held().clear();
  open_ = false;
}

void DeviceStates::finish(const std::byte* states) {
  const Box box = columns_.region(key_);
  const StateLayout layout = fold_.fold.layout();
  std::vector<StridedInput> operands;
  for (int c = 0; c < layout.components; c++)
    operands.push_back(
        {states + layout.offset(c, outputs_), row_major_strides(box.extent, layout.item[c]), Space::device});
  const bool in_array = output_.array && output_.array_space == Space::device;
  const std::int64_t item = item_size(output_.dtype);
  StridedOutput to;
  if (in_array) {
    const auto& array = *execution_.array(*output_.array);
    Dims at;
    for (int i = 0; i < box.rank(); i++) at.push_back(array.grid().axis(i).find(box.lo[i]));
    to = output_at(array.chunk(at), box.lo);
  } else {
    if (!finished_.data()) finished_ = Buffer(execution_.device_pool, most_outputs_ * item, "a finished reduction");
    to = {finished_.data(), row_major_strides(box.extent, item), Space::device};
  }
  const PlanProgram& epilogue = *fold_.device_epilogue;
  execution_.kernels[epilogue].map(stream_, box.extent, operands, epilogue.scalars, {&to, 1}, false);
  if (in_array && output_.writes.empty()) return;
  const auto put = [this, box, item, in_array](std::byte* here) {
    const Dims strides = row_major_strides(box.extent, item);
    if (in_array) return write_finished(execution_, output_, box, here, strides);
    deliver(execution_, stream_, output_, box, here, strides);
  };
  const Event came = staging_.bring(number_, box.extent, item, {to.data, to.strides, to.space}, put);
  execution_.device.wait(stream_, came);  // what is brought is written again in this stream alone
}

void DeviceStates::flush() {
  if (!open_) return;
  open_ = false;
  bring_nodes();
}

void DeviceStates::bring_nodes() {
  for (const auto& held : chunks_.held()) {
    bring(held.node, held.state);
    release(held.state);
  }
  chunks_.held().clear();
}

void DeviceStates::bring(TreeNode node, const State& state) {
  const auto add = [this, key = key_, node, count = state.count](std::byte* here) {
    columns_.add(stream_, key, node, here, count);
  };
  const Event came =
      staging_.bring(number_, {columns_.state_bytes(outputs_)}, 1, {state.data, {1}, Space::device}, add);
  execution_.device.wait(stream_, came);
}

}  // namespace tessera
