#include <tessera/distributed/execute/tile_runner.hpp>

#include <algorithm>
#include <cstring>

#include <tessera/core/store_calls.hpp>
#include <tessera/distributed/plan/buffer_slots.hpp>
#include <tessera/distributed/plan/fold_states.hpp>
#include <tessera/distributed/plan/halo.hpp>
#include <tessera/distributed/plan/made_in_arrays.hpp>
#include <tessera/distributed/plan/tile_space.hpp>

namespace tessera {
namespace {

FoldedPositions folded_positions(const TileOperator& op, const FoldOutput& fold, const Box& tile) {
  FoldedPositions p{0, Dims::filled(tile.rank(), 0)};
  std::int64_t step = 1;
  for (int i = tile.rank() - 1; i >= 0; i--) {
    if (!(fold.reduced >> i & 1u)) continue;
    p.strides[i] = step;
    p.first += tile.lo[i] * step;
    step *= op.grid.axis(i).extent();
  }
  return p;
}

}  // namespace

TileRunner::TileRunner(StageRun& stage, const TileOperator& op, const TileCursor& cursor,
                       const std::vector<HeldBox>& fetched, std::vector<std::unique_ptr<Columns>>& columns, int worker)
    : lane_(stage.lane(worker)),
      traced_stage_(stage.traced()),
      execution_(stage.x),
      stream_{worker},
      op_(op),
      cursor_(cursor),
      fetched_(fetched),
      columns_(columns),
      slots_(buffer_slots(op)),
      sends_parts_(sends_parts(op)),
      buffers_(buffers_of_a_turn() * static_cast<std::size_t>(op.turns)),
      free_(on_host() ? 0 : buffers_.size()),
      staging_(stage.x, stream_, staging_bytes(op, op.tile), op.turns),
      held_(op.values.size()),
      wanted_values_(op) {
  for (const auto& v : op.values) {
    const auto* held = v.as<HeldValue>();
    residents_.push_back(held ? &execution_.resident(held->array) : nullptr);
    const auto* call = on_host() ? nullptr : v.as<CallValue>();
    user_maps_.push_back(call ? execution_.device.compile(*call->function) : nullptr);
  }
  for (const auto& v : op.values) {
    if (!v.is_part()) continue;
    part_bounds_.resize(op.grid.rank());
    for (int i = 0; i < v.within.rank(); i++) {
      auto& bounds = part_bounds_[i];
      bounds.push_back(v.within.lo[i] - (v.has_halo() ? v.after[i] : 0));
      bounds.push_back(v.within.lo[i] + v.within.extent[i] + (v.has_halo() ? v.before[i] : 0));
    }
  }
  for (auto& bounds : part_bounds_) {
    std::sort(bounds.begin(), bounds.end());
    bounds.erase(std::unique(bounds.begin(), bounds.end()), bounds.end());
  }
  segment_ = {Dims::filled(op.grid.rank(), 0), Dims::filled(op.grid.rank(), 0)};
  runs_.reserve(columns_.size());
  for (auto& c : columns_) {
    if (c) runs_.emplace_back(*c, stream_);
    run_of_.push_back(c ? &runs_.back() : nullptr);
  }
  for (std::size_t k = 0; k < op.outputs.size(); k++)
    device_states_.push_back(combines_on_device(op, op.outputs[k], op.tile)
                                 ? std::make_unique<DeviceStates>(execution_, *columns_[k], op, k, stream_, staging_)
                                 : nullptr);
  passes_.resize(op.outputs.size());
  for (std::size_t k = 0; k < op.outputs.size(); k++) {
    const FoldOutput* f = op.outputs[k].fold();
    if (!f || f->same_states) continue;
    const std::size_t first = f->pass.value_or(k);
    auto& pass = passes_[first];
    pass.insert(first == k ? pass.begin() : pass.end(), k);
  }
  for (std::size_t k = 0; k < op.outputs.size(); k++)
    waiting_.push_back(may_wait(k) ? std::make_unique<WaitingTiles>() : nullptr);
}

void TileRunner::run(const TileItem& item) {
  const TraceSpan span(lane_, Activity::tile, traced_stage_);
  within_ = item.count == 1 ? lane_ : nullptr;
  for (std::int64_t k = 0; k < item.count; k++) {
    const Dims at = op_.owners.at_position(item.position + k);
    const Box chunk = op_.grid.box(at), tile = item.count > 1 ? chunk : cursor_.tile_box(at, item);
    run_tile(at, chunk, tile);
  }
  close_regions();
  execution_.counters.tiles += item.count;
}

void TileRunner::run_tile(const Dims& at, const Box& chunk, const Box& tile) {
  make_values(tile);
  for (std::size_t o = 0; o < op_.outputs.size(); o++) {
    if (run_of_[o])
      fold_tile(o, at, chunk, tile);
    else
      map_tile(o, at, tile);
  }
  if (!on_host()) end_turn();
}

void TileRunner::end_turn() {
  // Parts that were made on the device lie where the next tile of this turn may send others.
  if (sends_parts_ && parts_used_ > 0) sent_.push_back(in_turn(part_slot()));
  if (!sent_.empty()) {
    const Event computed = execution_.device.record(stream_);
    for (const std::size_t slot : sent_) free_[slot] = computed;
    sent_.clear();
  }
  turn_ = (turn_ + 1) % static_cast<std::size_t>(op_.turns);
}

// A run of chunks ends here, or with its column; else what is open stays in the tree that workers share.
void TileRunner::close_regions() {
  for (std::size_t o = 0; o < run_of_.size(); o++) {
    if (!run_of_[o] || (cursor_.by_columns() && op_.outputs[o].fold()->in_order)) continue;
    if (device_states_[o])
      device_states_[o]->flush();
    else
      staging_.after([run = run_of_[o]] { run->flush(); });
  }
}

void TileRunner::finish() {
  for (std::size_t k = 0; k < waiting_.size(); k++)
    if (waiting_[k]) fold_waiting(k);
  for (const auto& d : device_states_)
    if (d) d->flush();
  staging_.finish();
  for (auto& r : runs_) r.flush();
  if (!on_host()) execution_.device.wait(stream_);
}

// The host waits for all that this worker has given the device.
void TileRunner::wait_for_device() {
  staging_.wait();
  execution_.device.wait(stream_);
}

// Nobody gets its buffers while the device works on them: tiles of the host take of arrays on the device, too, and an error may come before
// they wait for it.
TileRunner::~TileRunner() {
  Failure unheard;  // after an error, whose cause is known
  if (!on_host()) unheard.guard([&] { staging_.wait(); });
  unheard.guard([&] { execution_.device.wait(stream_); });
}

void TileRunner::prefetch(const TileItem& item) const {
  constexpr std::int64_t worth_bytes = 64 << 10;
  if (item.count != 1) return;
  const Box tile = cursor_.tile_box(op_.owners.at_position(item.position), item);
  std::vector<std::size_t> wanted;
  wanted_values_.find(tile, wanted);
  for (const std::size_t k : wanted) {
    const TileValue& v = op_.values[k];
    const auto* stored = v.as<StoredValue>();
    if (!stored || stored->by_block) continue;
    const Box box = v.from_domain.map(reach(v, tile));
    if (box.size() * item_size(v.dtype) < worth_bytes) continue;
    const Store* store = execution_.plan.source(stored->source).store();
    run_store_code(*store, [&] { store->prefetch(box); });
  }
}

void TileRunner::operands_of(const std::vector<TileInput>& inputs, const Dims& at) {
  operands_.clear();
  for (const auto& in : inputs) {
    const HeldBox& h = held_[in.value];
    std::int64_t origin = 0;
    Dims strides = in.map.strides(at, h.held, h.strides, origin);
    operands_.push_back({h.data + origin, strides, h.space});
  }
}

std::byte* TileRunner::output_buffer(std::size_t number, std::int64_t bytes) {
  if (!goes_to_host(op_, op_.outputs[number]) || device_states_[number]) return buffer(output_slot(number), bytes);
  const std::size_t slot = in_turn(output_slot(number));
  execution_.device.wait(stream_, free_[slot]);
  return buffer(slot, bytes);
}

// The host combines them in place.
void TileRunner::add_states(std::size_t output, const Member& member, std::byte* states, bool shared) {
  if (device_states_[output]) return device_states_[output]->add(member.place, states);
  Columns::Run& run = *run_of_[output];
  if (!on_host()) {
    const auto add = [&run, place = member.place](std::byte* here) { run.add(place, here); };
    free_[in_turn(output_slot(member.output))] =
        staging_.bring(output, {member.bytes}, 1, {states, {1}, op_.space}, add);
    return;
  }
  if (shared) {
    std::byte* copy = buffer(output_slot(output), member.bytes);
    std::memcpy(copy, states, static_cast<std::size_t>(member.bytes));
    states = copy;
  }
  run.add(member.place, states);
}

// One pass for all that are folded from the same elements; those of another output's pass, and those whose states
// another output has, are made with it.
void TileRunner::fold_tile(std::size_t number, const Dims& coordinates, const Box& chunk, const Box& tile) {
  if (passes_[number].empty()) return;
  const TraceSpan span(within_, Activity::reduce, traced_stage_);
  const StageOutput& o = op_.outputs[number];
  if (waiting_[number]) {
    const auto place = columns_[number]->place(coordinates, chunk, tile);
    if (!waiting_[number]->takes(place, tile.extent)) fold_waiting(number);
    operands_of(o.inputs, tile.lo);
    if (waits(number, place, tile.extent)) return;
  }
  operands_of(o.inputs, tile.lo);
  members_.clear();
  bool positions = false;
  for (const std::size_t k : passes_[number]) {
    members_.push_back({k, columns_[k]->place(coordinates, chunk, tile)});
    positions = positions || is_position(op_.outputs[k].fold()->fold.combiner);
  }
  fold_members(number, tile, positions ? folded_positions(op_, *o.fold(), tile) : FoldedPositions{});
}

void TileRunner::fold_leaves(std::size_t number, const Box& tile, const FoldedPositions& positions) {
  const StageOutput& o = op_.outputs[number];
  execution_.kernels[o.program].reduce(stream_, folds_, tile.extent, o.fold()->reduced, o.fold()->leaf, operands_,
                                       o.program.scalars, positions);
}

void TileRunner::fold_members(std::size_t number, const Box& tile, const FoldedPositions& positions) {
  folds_.clear();
  for (Member& m : members_) {
    m.bytes = num_elements(m.place.leaf_counts) * columns_[m.output]->state_bytes(m.place.outputs);
    std::byte* const room = on_host() ? run_of_[m.output]->room_for(m.place) : nullptr;
    folds_.push_back({&op_.outputs[m.output].fold()->fold, room ? room : output_buffer(m.output, m.bytes)});
  }
  fold_leaves(number, tile, positions);
  for (std::size_t m = 0; m < members_.size(); m++) {
    const Member& member = members_[m];
    for (std::size_t k = member.output + 1; k < op_.outputs.size(); k++) {
      const FoldOutput* other = op_.outputs[k].fold();
      if (other && other->same_states == member.output) add_states(k, member, folds_[m].states, true);
    }
    add_states(member.output, member, folds_[m].states, false);
  }
}

// Where a worker goes along a column whose elements lie in memory, and nobody else wants the tile's states.
bool TileRunner::may_wait(std::size_t number) const {
  const StageOutput& o = op_.outputs[number];
  if (!on_host() || !cursor_.by_columns() || passes_[number].size() != 1 || o.inputs.size() != 1) return false;
  const FoldOutput& fold = *o.fold();
  if (!fold.in_order || fold.groups || is_position(fold.fold.combiner)) return false;
  for (const StageOutput& other : op_.outputs)
    if (other.fold() && other.fold()->same_states == number) return false;
  const TileValue& v = op_.values[o.inputs[0].value];
  return !v.is_part() && (v.as<HeldValue>() || v.as<FetchedValue>());
}

bool TileRunner::waits(std::size_t number, const Columns::Place& place, const Dims& extent) {
  WaitingTiles& waiting = *waiting_[number];
  // What several chunks gave is in a buffer, where the next tile's elements will be.
  const int slot = slots_[static_cast<std::size_t>(op_.outputs[number].inputs[0].value)];
  const bool copied = slot >= 0 && buffers_[static_cast<std::size_t>(slot)].data();
  if (copied || !waiting.takes(place, extent)) return false;
  waiting.add(place, extent, operands_[0]);
  if (!waiting.complete()) return true;
  if (waiting.fold(op_.outputs[number], *run_of_[number])) {
    waiting.clear();
    return true;
  }
  fold_waiting(number);
  waiting_[number].reset();  // there is no such pass
  return true;
}

void TileRunner::fold_waiting(std::size_t number) {
  for (const WaitingTiles::Tile& tile : waiting_[number]->tiles()) {
    operands_.assign(1, tile.elements);
    members_.assign(1, {number, tile.place});
    const Dims& extent = waiting_[number]->extent();
    fold_members(number, {Dims::filled(extent.size(), 0), extent}, {});
  }
  waiting_[number]->clear();
}

void TileRunner::map_tile(std::size_t number, const Dims& coordinates, const Box& tile) {
  const StageOutput& o = op_.outputs[number];
  operands_of(o.inputs, tile.lo);
  if (is_made_as_value(op_, number)) {
    if (!o.writes.empty()) write(o, tile, operands_[0]);
    return;
  }
  const std::int64_t item = item_size(o.dtype);
  StridedOutput result;
  bool streaming = false;
  if (is_made_in_array(op_, o)) {
    const HeldBox h = execution_.array(*o.array)->chunk(coordinates);
    result = output_at(h, tile.lo);
    streaming = o.owners.grid().count() > 0 && Amount(num_elements(o.grid.shape())) * item > streaming_bytes &&
                o.writes.empty();
  } else {
    result = {output_buffer(number, tile.size() * item), row_major_strides(tile.extent, item), op_.space};
  }
  {
    const TraceSpan span(within_, Activity::compute, traced_stage_);
    execution_.kernels[o.program].map(stream_, tile.extent, operands_, o.program.scalars, {&result, 1}, streaming);
  }
  if (!o.writes.empty() || goes_to_host(op_, o)) write(o, tile, {result.data, result.strides, result.space});
}

StridedInput TileRunner::elements(std::size_t number, const Box& tile) {
  const StageOutput& o = op_.outputs[number];
  operands_of(o.inputs, tile.lo);
  if (o.program.program.code.empty() && o.program.program.scalars.empty()) return operands_[0];
  const TraceSpan span(within_, Activity::compute, traced_stage_);
  const std::int64_t item = item_size(o.dtype);
  const StridedOutput result{output_buffer(number, tile.size() * item), row_major_strides(tile.extent, item),
                             op_.space};
  execution_.kernels[o.program].map(stream_, tile.extent, operands_, o.program.scalars, {&result, 1}, false);
  return {result.data, result.strides, result.space};
}

void TileRunner::write(const StageOutput& o, const Box& tile, const StridedInput& elements) {
  if (on_host()) return put(o, tile, elements.data, elements.strides);
  const std::int64_t item = item_size(o.dtype);
  const auto put_here = [this, &o, tile, item](std::byte* here) {
    const Dims strides = row_major_strides(tile.extent, item);
    if (o.array && !is_made_in_array(op_, o)) put_in_array(*execution_.array(*o.array), tile, here, strides);
    put(o, tile, here, strides);
  };
  const auto number = static_cast<std::size_t>(&o - op_.outputs.data());
  const Event came = staging_.bring(number, tile.extent, item, elements, put_here);
  if (!is_made_in_array(op_, o)) free_[in_turn(output_slot(number))] = came;
}

HeldBox TileRunner::chunk_at(const ResidentArray& array, const Dims& element) {
  Dims at;
  for (int i = 0; i < element.size(); i++) at.push_back(array.grid().axis(i).find(element[i]));
  return array.chunk(at);
}

// Of the host, whose chunks tiles are parts of.
void TileRunner::put_in_array(const ResidentArray& array, const Box& box, const std::byte* elements,
                              const Dims& strides) {
  const StridedOutput to = output_at(chunk_at(array, box.lo), box.lo);
  execution_.copy(stream_, box.extent, item_size(array.dtype()), {elements, strides}, to);
}

void TileRunner::put(const StageOutput& o, const Box& tile, const std::byte* elements, const Dims& strides) {
  for (int sink : o.writes) {
    TraceSpan span(within_, Activity::write, traced_stage_);
    StoreWriter& writer = execution_.writer(sink);
    const std::int64_t bytes = run_store_code(writer, [&] { return writer.write(tile, elements, strides); });
    span.set_bytes(bytes);
    execution_.counters.bytes_written += bytes;
  }
}

}  // namespace tessera
