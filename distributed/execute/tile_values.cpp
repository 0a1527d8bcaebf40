// TileRunner's first half: the values of a tile, one function a kind.
#include <algorithm>
#include <optional>
#include <span>

#include <tessera/core/device/host_call.hpp>
#include <tessera/core/device/host_stencil.hpp>
#include <tessera/core/store_calls.hpp>
#include <tessera/distributed/execute/chunk_call.hpp>
#include <tessera/distributed/execute/tile_runner.hpp>
#include <tessera/distributed/plan/halo.hpp>
#include <tessera/distributed/plan/parts.hpp>
#include <tessera/distributed/plan/tile_space.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {

std::byte* TileRunner::buffer(std::size_t slot, std::int64_t bytes) {
  if (buffers_[slot].bytes() < bytes || !buffers_[slot].data()) {
    if (!on_host() && buffers_[slot].data()) wait_for_device();  // which may still use what is given back
    buffers_[slot] = Buffer();
    buffers_[slot] = Buffer(execution_.pool_in(op_.space), bytes, "a tile");
  }
  return buffers_[slot].data();
}

// Values of parts share one buffer: few of them are wanted in one tile.
std::size_t TileRunner::value_slot(std::size_t number) const {
  const TileValue& v = op_.values[number];
  if (v.is_part()) return sends_parts_ ? in_turn(part_slot()) : part_slot();
  const auto slot = static_cast<std::size_t>(slots_[number]);
  return comes_from_host(op_, v) ? in_turn(slot) : slot;
}

std::byte* TileRunner::value_buffer(std::size_t number, std::int64_t bytes) {
  if (!op_.values[number].is_part()) return buffer(value_slot(number), bytes);
  std::byte* at = buffer(value_slot(number), op_.part_bytes) + parts_used_;
  parts_used_ += ceil_div(bytes, part_alignment) * part_alignment;
  if (parts_used_ > op_.part_bytes) throw InternalError("parts of a tile take more than planned");
  return at;
}

// Elements of a value that staging has, to where they belong in the buffer of this tile.
void TileRunner::send(std::size_t number, const Box& box) {
  const std::size_t slot = value_slot(number);
  staging_.send(box.extent, item_size(op_.values[number].dtype), output_at(held_[number], box.lo), free_[slot]);
  sent_.push_back(slot);
}

// Values wanted everywhere, and those of the parts that the tile touches.
void TileRunner::make_values(const Box& tile) {
  if (part_bounds_.empty()) {
    for (std::size_t v = 0; v < op_.values.size(); v++) make_value(v, tile);
    return;
  }
  if (!(intersect(tile, segment_) == tile)) {
    segment_ = tile;
    wanted_values_.find(tile, wanted_);
    // The same values are wanted up to the next bounds around the tile.
    for (int i = 0; i < tile.rank(); i++) {
      const auto& bounds = part_bounds_[i];
      const auto after = std::lower_bound(bounds.begin(), bounds.end(), tile.lo[i] + tile.extent[i]);
      const auto before = std::upper_bound(bounds.begin(), bounds.end(), tile.lo[i]);
      if (before != after || before == bounds.begin() || after == bounds.end()) continue;
      segment_.lo[i] = *std::prev(before);
      segment_.extent[i] = *after - segment_.lo[i];
    }
  }
  parts_used_ = 0;
  for (auto v : wanted_) make_value(v, tile);
}

void TileRunner::make_value(std::size_t number, const Box& whole) {
  const TileValue& v = op_.values[number];
  const auto made = [&](const Box& tile) { std::visit([&](const auto& how) { make(number, how, tile); }, v.how); };
  if (v.is_part() || v.has_halo())
    made(reach(v, whole));
  else
    made(whole);
}

// Memory for the elements that `tile` needs, dense.
HeldBox& TileRunner::take_buffer(std::size_t number, const Box& tile) {
  const TileValue& v = op_.values[number];
  const std::int64_t item = item_size(v.dtype);
  HeldBox& h = held_[number];
  h.held = v.from_domain.map(tile);
  h.strides = row_major_strides(h.held.extent, item);
  h.data = value_buffer(number, h.held.size() * item);
  h.space = op_.space;
  return h;
}

// The chunk of an output's array where the elements of `box` stay.
HeldBox& TileRunner::take_array(std::size_t number, std::size_t output, const Box& box) {
  return held_[number] = chunk_at(*execution_.array(*op_.outputs[output].array), box.lo);
}

void TileRunner::make(std::size_t number, const StoredValue& how, const Box& tile) {
  if (how.by_block) {
    held_[number] = fetched_[number];
    return;
  }
  const HeldBox& h = take_buffer(number, tile);
  const Store* store = execution_.plan.source(how.source).store();
  const std::int64_t bytes = run_store_code(*store, [&] { return store->file_bytes(h.held); });
  const TraceSpan span(within_, Activity::read, traced_stage_, bytes);
  std::byte* to = on_host() ? h.data : staging_.take();
  run_store_code(*store, [&] { store->read(h.held, to, h.strides); });
  if (!on_host()) send(number, h.held);
  execution_.counters.bytes_read += bytes;
}

void TileRunner::make(std::size_t number, const FetchedValue&, const Box&) { held_[number] = fetched_[number]; }

void TileRunner::make(std::size_t number, const GatheredValue&, const Box&) { held_[number] = fetched_[number]; }

void TileRunner::make(std::size_t number, const ComputedValue& how, const Box& tile) {
  const HeldBox& h = take_buffer(number, tile);
  const TraceSpan span(within_, Activity::compute, traced_stage_);
  operands_of(how.inputs, h.held.lo);
  const StridedOutput result = output_at(h, h.held.lo);
  execution_.kernels[how.program].map(stream_, h.held.extent, operands_, how.program.scalars, {&result, 1}, false);
}

void TileRunner::make(std::size_t number, const StencilValue& how, const Box& tile) {
  const TileValue& v = op_.values[number];
  const Box box = v.from_domain.map(tile);
  const HeldBox& h = how.output ? take_array(number, *how.output, box) : take_buffer(number, tile);
  if (box.empty()) return;
  const TraceSpan span(within_, Activity::compute, traced_stage_);
  operands_of({how.input}, box.lo);
  Box source = how.source;
  for (int i = 0; i < source.rank(); i++) source.lo[i] -= box.lo[i];
  // Room for the largest tile at once: the scratch never grows.
  const Dims most = value_extent(v.from_domain, reach_extent(v, op_.tile));
  std::byte* scratch = buffer(scratch_slot(), stencil_scratch_bytes(*how.stencil, v.dtype, most).value());
  const StridedOutput to = output_at(h, box.lo);
  apply_stencil(*how.stencil, v.dtype,
                {box.extent, operands_[0].data, operands_[0].strides, source, to.data, to.strides}, scratch);
}

void TileRunner::make(std::size_t number, const CallValue& how, const Box& tile) {
  const HeldBox& h = take_buffer(number, tile);
  if (h.held.empty()) return;
  const TraceSpan span(within_, Activity::compute, traced_stage_);
  operands_of(how.inputs, h.held.lo);
  if (!on_host()) {
    const StridedOutput result = output_at(h, h.held.lo);
    user_maps_[number]->map(stream_, h.held.extent, operands_, {}, {&result, 1}, false);
    return;
  }
  apply_call(*how.function, h.held.extent, operands_, h.data,
             buffer(scratch_slot(), call_scratch_bytes(*how.function)));
}

void TileRunner::make(std::size_t number, const ChunkCallValue& how, const Box& tile) {
  const HeldBox& h = take_buffer(number, tile);
  if (h.held.empty()) return;
  const TraceSpan span(within_, Activity::compute, traced_stage_);
  Dims chunk;
  for (int i = 0; i < tile.rank(); i++) chunk.push_back(op_.grid.axis(i).find(tile.lo[i]));
  const CalledPart part = part_of(how.call, chunk, tile);
  operands_of(how.inputs, part.seen.lo);
  call_chunk(execution_.device, stream_, how.call, part, operands_, tile.extent, {h.data, h.strides, h.space}, blocks_);
}

// One part is used where it is; several are copied together.
void TileRunner::make(std::size_t number, const JoinedValue& how, const Box& tile) {
  const TileValue& v = op_.values[number];
  HeldBox& h = held_[number];
  h.held = v.from_domain.map(tile);
  const std::int64_t item = item_size(v.dtype), begin = tile.lo[how.axis], end = begin + tile.extent[how.axis];
  const auto first = std::upper_bound(how.cuts.begin(), how.cuts.end(), begin) - how.cuts.begin() - 1;
  const auto elements = [&](std::size_t k, const Box& box) {
    const TileInput& in = how.inputs[k];
    const HeldBox& part = held_[in.value];
    std::int64_t origin = 0;
    const Dims strides = in.map.strides(box.lo, part.held, part.strides, origin);
    return HeldBox{part.data + origin, box, strides, part.space};
  };
  if (end <= how.cuts[static_cast<std::size_t>(first) + 1]) {
    h = elements(static_cast<std::size_t>(first), h.held);
    return;
  }
  take_buffer(number, tile);
  for (auto k = static_cast<std::size_t>(first); k < how.inputs.size() && how.cuts[k] < end; k++) {
    Box part = tile;
    part.lo[how.axis] = std::max(begin, how.cuts[k]);
    part.extent[how.axis] = std::min(end, how.cuts[k + 1]) - part.lo[how.axis];
    const HeldBox from = elements(k, v.from_domain.map(part));
    execution_.copy(stream_, from.held.extent, item, input_at(from, from.held.lo), output_at(h, from.held.lo));
  }
}

namespace {

// Chunks that lie behind one another in memory, as those of whole rows do, are one box.
std::optional<HeldBox> chunks_in_a_row(const ResidentArray& array, const Dims& first, const Dims& last) {
  int along = -1;
  for (int i = 0; i < first.size(); i++) {
    if (first[i] == last[i]) continue;
    if (along >= 0) return std::nullopt;
    along = i;
  }
  HeldBox all = array.chunk(first);
  Dims at = first;
  while (++at[along] <= last[along]) {
    const HeldBox next = array.chunk(at);
    std::int64_t& length = all.held.extent[along];
    if (!(next.strides == all.strides) || next.data != all.data + length * all.strides[along]) return std::nullopt;
    length += next.held.extent[along];
  }
  return all;
}

}  // namespace

// What this rank has of what a tile reaches; the halo lies before and after it along one axis.
Box TileRunner::own_part(const HeldValue& how, Box tile) const {
  const int axis = std::get<FetchedValue>(op_.values[static_cast<std::size_t>(how.halo)].how).axis;
  const Box owned = owned_box(op_, execution_.comm.rank());
  const std::int64_t begin = std::max(tile.lo[axis], owned.lo[axis]);
  tile.extent[axis] = std::min(tile.lo[axis] + tile.extent[axis], owned.lo[axis] + owned.extent[axis]) - begin;
  tile.lo[axis] = begin;
  return tile;
}

// Of a rank's own chunks, and of what it fetched from around them; where they are when that is one piece, else copied
// together.
void TileRunner::make(std::size_t number, const HeldValue& how, const Box& tile) {
  const ResidentArray& array = *residents_[number];
  HeldBox& h = held_[number];
  const IndexTransform& from_domain = op_.values[number].from_domain;
  const Box box = from_domain.map(tile);
  std::span<const HeldBox> halo;
  if (how.halo >= 0) halo = std::span(fetched_).subspan(static_cast<std::size_t>(how.halo), 2);
  const bool reaches_out =
      std::any_of(halo.begin(), halo.end(), [&](const HeldBox& part) { return !intersect(part.held, box).empty(); });
  const Box own = reaches_out ? from_domain.map(own_part(how, tile)) : box;
  const auto& grid = array.grid();
  Dims first, last;
  bool one = true;
  if (box.empty()) {
    h = {nullptr, box, Dims::filled(grid.rank(), 0), op_.space};
    return;
  }
  if (own.empty()) throw InternalError("a tile lies outside of what is made for it");
  for (int i = 0; i < grid.rank(); i++) {
    first.push_back(grid.axis(i).find(own.lo[i]));
    last.push_back(own.extent[i] == 1 || how.one_chunk ? first[i] : grid.axis(i).find(own.lo[i] + own.extent[i] - 1));
    one = one && first[i] == last[i];
  }
  if (one && !how.elsewhere && !reaches_out) {
    h = array.chunk(first);
    return;
  }
  if (const auto run = how.elsewhere || reaches_out ? std::nullopt : chunks_in_a_row(array, first, last)) {
    h = *run;
    return;
  }
  const std::int64_t item = item_size(array.dtype());
  take_buffer(number, tile);
  Dims count;
  for (int i = 0; i < first.size(); i++) count.push_back(last[i] - first[i] + 1);
  const bool sends = comes_from_host(op_, op_.values[number]);
  const HeldBox to = sends ? HeldBox{staging_.take(), own, row_major_strides(own.extent, item)} : h;
  for_each_index(count, [&](const Dims& at) {
    Dims c = first;
    for (int i = 0; i < c.size(); i++) c[i] += at[i];
    const HeldBox from = array.chunk(c);
    const Box part = intersect(from.held, own);
    execution_.copy(stream_, part.extent, item, input_at(from, part.lo), output_at(to, part.lo));
  });
  if (sends) send(number, own);
  for (const HeldBox& around : halo)
    if (const Box part = intersect(around.held, box); !part.empty())
      execution_.copy(stream_, part.extent, item, input_at(around, part.lo), output_at(h, part.lo));
  if (on_host() && how.elsewhere) execution_.device.wait(stream_);
}

void TileRunner::make(std::size_t number, const GeneratedValue& how, const Box& tile) {
  const HeldBox& h = take_buffer(number, tile);
  const TraceSpan span(within_, Activity::generate, traced_stage_);
  const TileValue& v = op_.values[number];
  const Generator& generator = *execution_.plan.source(how.source).generator();
  execution_.device_in(op_.space).generate(stream_, generator, v.dtype, v.shape, h.held, h.data);
}

}  // namespace tessera
