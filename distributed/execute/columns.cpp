#include <tessera/distributed/execute/columns.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

#include <tessera/core/device/devices.hpp>

namespace tessera {
namespace {

Dims folded_axes(const Dims& d, std::uint32_t reduced) { return kept_axes(d, ~reduced); }

}  // namespace

Columns::Columns(Execution& execution, const TileOperator& op, const StageOutput& output)
    : execution_(execution), host_(host_device()), op_(op), output_(output), fold_(*output.fold()) {
  for (auto n : folded_axes(op.grid.counts(), fold_.reduced)) chunks_ *= n;
  kept_tile_ = fold_.result_extent(op.tile);
}

std::int64_t Columns::Place::elements_of_leaf(std::int64_t k) const {
  std::int64_t n = 1;
  for (int i = leaf_counts.size() - 1; i >= 0; i--) {
    const std::int64_t at = k % leaf_counts[i];
    k /= leaf_counts[i];
    n *= std::min(leaf[i], tile_extent[i] - at * leaf[i]);
  }
  return n;
}

Columns::Place Columns::place(const Dims& at, const Box& chunk, const Box& tile) const {
  Place p;
  const auto& grid = op_.grid;
  p.outputs = fold_.groups ? fold_.groups->count : 1;
  p.chunk = 0;
  p.leaves = 1;
  std::int64_t tiles_before = 0;
  p.key = {0, 0};
  for (int i = 0; i < grid.rank(); i++) {
    if (fold_.reduced >> i & 1u) {
      p.chunk = p.chunk * grid.axis(i).count() + at[i];
      const std::int64_t leaf = fold_.leaf[i], lo = (tile.lo[i] - chunk.lo[i]) / leaf,
                         n = ceil_div(chunk.extent[i], leaf);
      p.leaf.push_back(leaf);
      p.leaf_lo.push_back(lo);
      p.leaf_grid.push_back(n);
      p.leaf_counts.push_back(ceil_div(tile.extent[i], leaf));
      p.tile_extent.push_back(tile.extent[i]);
      p.leaves *= n;
    } else {
      p.key.chunk = p.key.chunk * grid.axis(i).count() + at[i];
      tiles_before = tiles_before * ceil_div(chunk.extent[i], op_.tile[i]) + (tile.lo[i] - chunk.lo[i]) / op_.tile[i];
      p.outputs *= tile.extent[i];
    }
  }
  p.key.region = tiles_before;
  // Consecutive when, after the first axis on which the tile has more than one leaf, it has whole axes.
  p.consecutive = true;
  bool spread = false;
  p.first_leaf = 0;
  for (int i = 0; i < p.leaf.size(); i++) {
    p.first_leaf = p.first_leaf * p.leaf_grid[i] + p.leaf_lo[i];
    if (spread && p.leaf_counts[i] != p.leaf_grid[i]) p.consecutive = false;
    spread = spread || p.leaf_counts[i] > 1;
  }
  return p;
}

StateBlock Columns::make_state(std::int64_t outputs) const {
  StateBlock s;
  const std::int64_t bytes = state_bytes(outputs);
  if (bytes > 1024)
    s.large = Buffer(execution_.pool, bytes, "the state of a reduction");
  else if (bytes > static_cast<std::int64_t>(sizeof s.few))
    s.small = std::make_unique_for_overwrite<std::byte[]>(static_cast<std::size_t>(bytes));
  return s;
}

void Columns::merge(StateBlock& left, const StateBlock& right, std::int64_t outputs) const {
  host_.combine({}, fold_.fold, outputs, left.data(), right.data(), left.count, right.count);
  left.count += right.count;
}

// The second chunk of a pair is combined into the first, straight from where the tile has its states.
std::byte* Columns::Run::room_for(const Place& p) {
  if (p.leaves != 1 || p.chunk % 2 == 1) return nullptr;
  begin(p);
  room_ = {};  // before there is another
  room_ = state();
  return room_.data();
}

std::byte* Columns::Run::room_for_several(const Place& p) {
  begin(p);
  room_ = {};  // before there is another
  room_ = state();
  return room_.data();
}

void Columns::Run::add_several(const Place& p, int level, std::int64_t count) {
  begin(p);
  room_.count = count;
  chunks_.add({level, p.chunk >> level}, std::move(room_), [&](StateBlock& l, StateBlock& r) { merge(l, r); });
  room_ = {};
}

StateBlock Columns::Run::state() {
  return spare_.large.data() ? std::exchange(spare_, {}) : columns_.make_state(outputs_);
}

StateBlock Columns::Run::copy(const std::byte* data, std::int64_t count) {
  StateBlock s = state();
  std::memcpy(s.data(), data, columns_.state_bytes(outputs_));
  s.count = count;
  return s;
}

void Columns::Run::merge(StateBlock& left, StateBlock& right) {
  columns_.merge(left, right, outputs_);
  spare_ = std::move(right);
}

void Columns::Run::begin(const Place& p) {
  if (open_ && p.key != key_) flush();
  if (open_) return;
  key_ = p.key;
  outputs_ = p.outputs;
  chunks_ = FixedTree<StateBlock>(columns_.chunks_);
  open_ = true;
}

void Columns::Run::add(const Place& p, std::byte* states) {
  begin(p);
  const Fold& fold = columns_.fold_.fold;
  const std::int64_t bytes = columns_.state_bytes(p.outputs), tile_leaves = num_elements(p.leaf_counts);
  const bool whole = tile_leaves == p.leaves;
  const auto merge_states = [&](StateBlock& l, StateBlock& r) { merge(l, r); };
  if (whole && p.leaves == 1) {
    const TreeNode node{0, p.chunk};
    const std::int64_t count = p.elements_of_leaf(0);
    if (auto left = chunks_.take_left(node)) {  // every second chunk: straight into the one before, without a copy
      columns_.host_.combine({}, fold, p.outputs, left->data(), states, left->count, count);
      left->count += count;
      chunks_.add(parent(node), std::move(*left), merge_states);
    } else if (states == room_.data()) {
      room_.count = count;
      chunks_.add(node, std::move(room_), merge_states);
      room_ = {};
    } else {
      chunks_.add(node, copy(states, count), merge_states);
    }
    return;
  }
  if (!p.consecutive) {
    for (std::int64_t k = 0; k < tile_leaves; k++) {
      std::int64_t index = 0, rest = k;
      Dims local = Dims::filled(p.leaf_counts.size(), 0);
      for (int i = local.size() - 1; i >= 0; i--) local[i] = rest % p.leaf_counts[i], rest /= p.leaf_counts[i];
      for (int i = 0; i < local.size(); i++) index = index * p.leaf_grid[i] + p.leaf_lo[i] + local[i];
      columns_.add_leaves(stream_, p.key, p.chunk, p.leaves, {0, index},
                          copy(states + k * bytes, p.elements_of_leaf(k)), p.outputs);
    }
    return;
  }
  leaves_ = FixedTree<std::pair<std::byte*, std::int64_t>>(p.leaves);
  const bool counted = fold.counts();
  for (std::int64_t k = 0; k < tile_leaves; k++)
    leaves_.add({0, p.first_leaf + k}, {states + k * bytes, counted ? p.elements_of_leaf(k) : 0},
                [&](auto& l, auto& r) {
                  columns_.host_.combine({}, fold, p.outputs, l.first, r.first, l.second, r.second);
                  l.second += r.second;
                });
  for (auto& h : leaves_.held()) {
    StateBlock s = copy(h.state.first, h.state.second);
    if (whole)
      chunks_.add({0, p.chunk}, std::move(s), merge_states);
    else
      columns_.add_leaves(stream_, p.key, p.chunk, p.leaves, h.node, std::move(s), p.outputs);
  }
}

void Columns::Run::flush() {
  if (!open_) return;
  open_ = false;
  spare_ = {};
  for (auto& h : chunks_.held()) columns_.add_chunks(stream_, key_, h.node, std::move(h.state), outputs_);
  chunks_.held().clear();
}

void Columns::add_chunks(Stream stream, ColumnKey key, TreeNode node, StateBlock state, std::int64_t outputs) {
  StateBlock done;
  {
    std::lock_guard lock(mutex_);
    auto& c = columns_.try_emplace(key, Column{FixedTree<StateBlock>(chunks_), {}}).first->second;
    c.chunks.add(node, std::move(state), [&](StateBlock& l, StateBlock& r) { merge(l, r, outputs); });
    if (!c.chunks.complete() || !mine(key.chunk)) return;
    done = std::move(c.chunks.held()[0].state);
    columns_.erase(key);  // complete: nothing of this column can come any more
  }
  finish(stream, key, done);
}

void Columns::add_leaves(Stream stream, ColumnKey key, std::int64_t chunk, std::int64_t leaves, TreeNode node,
                         StateBlock state, std::int64_t outputs) {
  StateBlock done;
  {
    std::lock_guard lock(mutex_);
    auto& c = columns_.try_emplace(key, Column{FixedTree<StateBlock>(chunks_), {}}).first->second;
    auto& tree = c.leaves.try_emplace(chunk, FixedTree<StateBlock>(leaves)).first->second;
    tree.add(node, std::move(state), [&](StateBlock& l, StateBlock& r) { merge(l, r, outputs); });
    if (!tree.complete()) return;
    done = std::move(tree.held()[0].state);
    c.leaves.erase(chunk);
  }
  add_chunks(stream, key, {0, chunk}, std::move(done), outputs);
}

bool Columns::mine(std::int64_t result_chunk) const {
  return output_.owners.owns(execution_.comm.rank(), output_.grid.coordinates(result_chunk));
}

Box Columns::region(ColumnKey key) const {
  Box box = output_.grid.box(key.chunk);
  std::int64_t k = key.region;
  for (int i = box.rank() - 1; i >= 0; i--) {
    if (fold_.is_group_axis(i)) {
      box.lo[i] = fold_.groups->first, box.extent[i] = fold_.groups->count;
      continue;
    }
    const std::int64_t n = ceil_div(box.extent[i], kept_tile_[i]), at = k % n;
    k /= n;
    box.lo[i] += at * kept_tile_[i];
    box.extent[i] = std::min(kept_tile_[i], box.extent[i] - at * kept_tile_[i]);
  }
  return box;
}

void Columns::result_of(const StateBlock& state, std::int64_t n, std::byte* out) const {
  const Fold& fold = fold_.fold;
  const std::int64_t item = item_size(output_.dtype);
  if (fold.user) {
    for (std::int64_t i = 0; i < n; i++)
      fold.user->aggregate(state.data() + i * fold.user->state_bytes, state.count, out + i * item);
    return;
  }
  const StateLayout layout = fold.layout();
  if (is_position(fold.combiner)) {
    const auto* at = reinterpret_cast<const std::int64_t*>(state.data());
    if (std::any_of(at, at + n, [](std::int64_t p) { return p < 0; }))
      throw ValueError(std::string(name(fold.combiner)) + ": a slice has nothing but NaN");
  }
  std::vector<StridedInput> operands;
  for (int c = 0; c < layout.components; c++)
    operands.push_back({state.data() + layout.offset(c, n), {layout.item[c]}});
  const StridedOutput result{out, {item}};
  execution_.kernels[fold_.epilogue].map({}, {n}, operands, fold_.epilogue.scalars, {&result, 1}, false);
}

void Columns::finish(Stream stream, ColumnKey key, const StateBlock& state) const {
  const Box box = region(key);
  const std::int64_t n = box.size(), item = item_size(output_.dtype);
  alignas(64) std::byte few[1024];
  Buffer many;
  if (n * item > 1024) many = Buffer(execution_.pool, n * item, "a finished reduction");
  std::byte* out = n * item > 1024 ? many.data() : few;
  result_of(state, n, out);
  deliver(execution_, stream, output_, box, out, row_major_strides(box.extent, item));
}

StateBlock Columns::empty_state(std::int64_t outputs) const {
  StateBlock s = make_state(outputs);
  host_.empty_states({}, fold_.fold, outputs, s.data());
  return s;
}

// Columns that no chunk exists for: a reduction over an empty axis.
void Columns::finish_empty() {
  output_.owners.for_each_owned(execution_.comm.rank(), [&](const Dims& at) {
    const Box box = output_.grid.box(at);
    std::int64_t regions = 1;
    for (int i = 0; i < box.rank(); i++)
      if (!fold_.is_group_axis(i)) regions *= ceil_div(box.extent[i], kept_tile_[i]);
    for (std::int64_t r = 0; r < regions; r++) {
      const ColumnKey key{output_.grid.linear(at), r};
      finish({}, key, empty_state(region(key).size()));
    }
  });
}

void Columns::finish_all() {
  if (chunks_ == 0) return finish_empty();
  for (const auto& [key, c] : columns_)
    if (mine(key.chunk))
      throw InternalError("reduction: a column of " + to_string(output_.grid.shape()) + " was not completed");
}

void Columns::take_partial(const TakeState& take) {
  const StateLayout layout = fold_.fold.layout();
  for (auto& [key, c] : columns_) {
    if (mine(key.chunk)) continue;
    const int owner = output_.owners.owner(key.chunk);
    const std::int64_t bytes = layout.offset(layout.components, region(key).size());
    for (auto& h : c.chunks.held())
      take(owner, {key.chunk, key.region, h.node.index, h.state.count, 0, h.node.level}, std::move(h.state), bytes);
    c.chunks.held().clear();
  }
}

StateBlock Columns::room_for(const StateHeader& h, std::int64_t& bytes) const {
  const StateLayout layout = fold_.fold.layout();
  const std::int64_t outputs = region({h.chunk, h.region}).size();
  bytes = layout.offset(layout.components, outputs);
  StateBlock s = make_state(outputs);
  s.count = h.count;
  return s;
}

void Columns::add(Stream stream, ColumnKey key, TreeNode node, const std::byte* states, std::int64_t count) {
  const std::int64_t outputs = region(key).size();
  StateBlock s = make_state(outputs);
  std::memcpy(s.data(), states, static_cast<std::size_t>(state_bytes(outputs)));
  s.count = count;
  add_chunks(stream, key, node, std::move(s), outputs);
}

void Columns::add(const StateHeader& h, StateBlock state) {
  const ColumnKey key{h.chunk, h.region};
  add_chunks({}, key, {h.level, h.index}, std::move(state), region(key).size());
}

void write_finished(Execution& execution, const StageOutput& output, const Box& box, const std::byte* data,
                    const Dims& strides) {
  for (int sink : output.writes) execution.counters.bytes_written += execution.writer(sink).write(box, data, strides);
}

void deliver(Execution& execution, Stream stream, const StageOutput& output, const Box& box, const std::byte* data,
             const Dims& strides) {
  if (output.array) {
    const auto& array = *execution.array(*output.array);
    Dims at;
    for (int i = 0; i < box.rank(); i++) at.push_back(array.grid().axis(i).find(box.lo[i]));
    const HeldBox h = array.chunk(at);
    execution.copy(stream, box.extent, item_size(output.dtype), {data, strides}, output_at(h, box.lo));
    if (h.space != Space::host) execution.device.wait(stream);  // `data` is the caller's again
  }
  write_finished(execution, output, box, data, strides);
}

}  // namespace tessera
