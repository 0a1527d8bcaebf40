// TileRunner's first half: the values of a tile, read, generated, resident, in pieces or computed.
#include <algorithm>

#include <tessera/core/cpu/random.hpp>
#include <tessera/core/store_calls.hpp>
#include <tessera/distributed/execute/tile_runner.hpp>
#include <tessera/distributed/plan/seams.hpp>

namespace tessera {

std::byte* TileRunner::buffer(std::size_t slot, std::int64_t bytes) {
  if (buffers_[slot].bytes() < bytes || !buffers_[slot].data()) {
    buffers_[slot] = Buffer();
    buffers_[slot] = Buffer(execution_.pool, bytes, "a tile");
  }
  return buffers_[slot].data();
}

// Values of pieces share one buffer: few of them are wanted in one tile.
std::byte* TileRunner::value_buffer(std::size_t number, std::int64_t bytes) {
  if (stage_.values[number].seam_axis < 0) return buffer(number, bytes);
  if (!arena_.data()) arena_ = Buffer(execution_.pool, stage_.seam_bytes, "the pieces of a tile");
  std::byte* at = arena_.data() + arena_used_;
  arena_used_ += ceil_div(bytes, piece_alignment) * piece_alignment;
  if (arena_used_ > arena_.bytes()) throw InternalError("pieces of a tile take more than planned");
  return at;
}

// Values wanted everywhere, and those of the pieces that the tile touches.
void TileRunner::make_values(const Box& tile) {
  if (seams_.empty()) {
    for (std::size_t v = 0; v < stage_.values.size(); v++) make_value(v, tile);
    return;
  }
  if (!(intersect(tile, segment_) == tile)) {
    segment_ = tile;
    wanted_values_.find(tile, wanted_);
    // The same values are wanted up to the next seams around the tile.
    for (int i = 0; i < tile.rank(); i++) {
      const auto& seams = seams_[static_cast<std::size_t>(i)];
      const auto after = std::lower_bound(seams.begin(), seams.end(), tile.lo[i] + tile.extent[i]);
      const auto before = std::upper_bound(seams.begin(), seams.end(), tile.lo[i]);
      if (before != after || before == seams.begin() || after == seams.end()) continue;
      segment_.lo[i] = *std::prev(before);
      segment_.extent[i] = *after - segment_.lo[i];
    }
  }
  arena_used_ = 0;
  for (auto v : wanted_) make_value(v, tile);
}

void TileRunner::make_value(std::size_t number, const Box& whole) {
  const TileValue& v = stage_.values[number];
  const Box tile = v.seam_axis < 0 ? whole : intersect(whole, v.within);
  HeldBox& h = held_[number];
  if (v.kind == TileValue::Kind::fetched) {
    h = fetched_[number];
    return;
  }
  const Box box = v.from_domain.map(tile);
  const std::int64_t item = item_size(v.dtype);
  if (v.kind == TileValue::Kind::resident) return use_resident(number, box);
  if (v.kind == TileValue::Kind::pieces) return join_pieces(number, tile);
  h.held = box;
  h.strides = row_major_strides(box.extent, item);
  h.data = value_buffer(number, box.size() * item);
  switch (v.kind) {
    case TileValue::Kind::read: {
      const Store* store = execution_.plan.sources[static_cast<std::size_t>(v.source)].node->store();
      const std::int64_t bytes = run_store_code(*store, [&] { return store->file_bytes(box); });
      const TraceSpan span(within_, Activity::read, traced_stage_, bytes);
      run_store_code(*store, [&] { store->read(box, h.data, h.strides); });
      execution_.counters.bytes_read += bytes;
      break;
    }
    case TileValue::Kind::generate: {
      const TraceSpan span(within_, Activity::generate, traced_stage_);
      generate(v, h);
      break;
    }
    default: {
      const TraceSpan span(within_, Activity::compute, traced_stage_);
      operands_of(v.inputs, box.lo);
      const cpu::Result result{h.data, h.strides};
      v.program.kernel->map(box.extent, operands_, v.program.scalars, {&result, 1}, false);
    }
  }
}

// One piece is used where it is; several are copied together.
void TileRunner::join_pieces(std::size_t number, const Box& tile) {
  const TileValue& v = stage_.values[number];
  HeldBox& h = held_[number];
  h.held = v.from_domain.map(tile);
  const std::int64_t item = item_size(v.dtype), begin = tile.lo[v.axis], end = begin + tile.extent[v.axis];
  const auto first = std::upper_bound(v.cuts.begin(), v.cuts.end(), begin) - v.cuts.begin() - 1;
  const auto elements = [&](std::size_t k, const Box& box) {
    const TileInput& in = v.inputs[k];
    const HeldBox& part = held_[static_cast<std::size_t>(in.value)];
    std::int64_t origin = 0;
    const Dims strides = in.map.strides(box.lo, part.held, part.strides, origin);
    return HeldBox{part.data + origin, box, strides};
  };
  if (end <= v.cuts[static_cast<std::size_t>(first) + 1]) {
    h = elements(static_cast<std::size_t>(first), h.held);
    return;
  }
  h.strides = row_major_strides(h.held.extent, item);
  h.data = value_buffer(number, h.held.size() * item);
  for (auto k = static_cast<std::size_t>(first); k < v.inputs.size() && v.cuts[k] < end; k++) {
    Box part = tile;
    part.lo[v.axis] = std::max(begin, v.cuts[k]);
    part.extent[v.axis] = std::min(end, v.cuts[k + 1]) - part.lo[v.axis];
    const HeldBox from = elements(k, v.from_domain.map(part));
    cpu::copy(from.held.extent, item, from.data, from.strides, address(h, from.held.lo), h.strides);
  }
}

void TileRunner::use_resident(std::size_t number, const Box& box) {
  const ResidentArray& array = *residents_[number];
  HeldBox& h = held_[number];
  const auto& grid = array.grid();
  Dims first, last;
  bool one = true;
  for (int i = 0; i < grid.rank(); i++) {
    if (box.extent[i] == 0) {
      h = {nullptr, box, Dims::filled(grid.rank(), 0)};
      return;
    }
    first.push_back(grid.axis(i).find(box.lo[i]));
    last.push_back(box.extent[i] == 1 || stage_.values[number].one_chunk
                       ? first[i]
                       : grid.axis(i).find(box.lo[i] + box.extent[i] - 1));
    one = one && first[i] == last[i];
  }
  if (one) {
    h = array.chunk(first);
    return;
  }
  const std::int64_t item = item_size(array.dtype());
  h.held = box;
  h.strides = row_major_strides(box.extent, item);
  h.data = value_buffer(number, box.size() * item);
  Dims count;
  for (int i = 0; i < first.size(); i++) count.push_back(last[i] - first[i] + 1);
  for_each_index(count, [&](const Dims& at) {
    Dims c = first;
    for (int i = 0; i < c.size(); i++) c[i] += at[i];
    const HeldBox from = array.chunk(c);
    const Box part = intersect(from.held, box);
    cpu::copy(part.extent, item, address(from, part.lo), from.strides, address(h, part.lo), h.strides);
  });
}

void TileRunner::generate(const TileValue& v, const HeldBox& h) const {
  const auto& data = execution_.plan.sources[static_cast<std::size_t>(v.source)].node->data();
  const std::int64_t item = item_size(v.dtype);
  // Rows: the trailing axes that the box has whole are one run of consecutive elements.
  int axis = h.held.rank() - 1;
  std::int64_t row = 1;
  while (axis >= 0) {
    row *= h.held.extent[axis];
    if (h.held.extent[axis] != v.shape[axis]) break;
    axis--;
  }
  if (row == 0) return;
  const Dims strides = row_major_strides(v.shape, 1);
  std::byte* out = h.data;
  Dims outer;
  for (int i = 0; i < axis; i++) outer.push_back(h.held.extent[i]);
  for_each_index(outer, [&](const Dims& at) {
    std::int64_t first = 0;
    for (int i = 0; i < h.held.rank(); i++) first += (h.held.lo[i] + (i < at.size() ? at[i] : 0)) * strides[i];
    const auto start = static_cast<std::uint64_t>(first);
    if (const auto* r = std::get_if<RandomSource>(&data)) {
      if (r->kind == RandomSource::Kind::uniform)
        cpu::uniform(v.dtype, r->key, start, row, out);
      else
        cpu::normal(v.dtype, r->key, start, row, out);
    } else if (const auto* l = std::get_if<LawSource>(&data)) {
      l->law->draw(l->key, start, row, out);
    } else if (const auto* a = std::get_if<ArangeSource>(&data)) {
      if (a->start.kind() == Kind::integer)
        cpu::arange(v.dtype, a->start.as<std::int64_t>(), a->step.as<std::int64_t>(), start, row, out);
      else
        cpu::arange(v.dtype, a->start.as<double>(), a->step.as<double>(), start, row, out);
    } else {
      throw InternalError("a fill source was not folded into a Program");
    }
    out += row * item;
  });
}

}  // namespace tessera
